import { everyWorld } from './seeds.ts'

everyWorld(0, 2)
