import './fonts.css'
import './kern.scss'
import './tokens.css'
import './base.css'
