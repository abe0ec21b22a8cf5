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

/** A failing seed in words: what went wrong, what had happened, and what was declared. */
export const report = ({ seed, faults, world }: Outcome): string => {
  const { steps, ...layout } = world.schedule
  return [
    `seed ${seed}: again with NOTANKER_FIRST_SEED=${seed} NOTANKER_SEEDS=1`,
    ...faults.slice(0, 5),
    JSON.stringify(layout),
    ...steps.map((step) => JSON.stringify(step)),
    ...world.declarations.map(({ at, id, room, content }) => `${at % 1e9} ${id} ${room} ${JSON.stringify(content)}`),
  ].join('\n')
}
