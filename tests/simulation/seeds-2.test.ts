import { everyWorld } from './seeds.ts'

everyWorld(1, 2)
