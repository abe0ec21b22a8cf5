/** Runs seeds. */
import { shipped, type Core } from './core.ts'
import { judge } from './oracles.ts'
import { World } from './world.ts'

export interface Outcome {
  seed: number
  faults: string[]
  world: World
}

export async function runSeed(seed: number, core: Core = shipped): Promise<Outcome> {
  const world = new World(seed, core)
  await world.run()
  return { seed, faults: judge(world), world }
}

/** A failing seed in words: what went wrong, and what had happened. */
export const report = ({ seed, faults, world }: Outcome): string =>
  [
    `seed ${seed}, monitors ${world.schedule.monitors.join()}, slowness ${world.schedule.slowness.join()}`,
    ...faults.slice(0, 5),
    ...world.schedule.steps.map((step) => JSON.stringify(step)),
  ].join('\n')
