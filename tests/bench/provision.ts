/** `provision.*`: an agency of 500 people and 25 rooms of their own at two sites, by the command that an operator runs. */
import { startPair } from '../support/pair.ts'
import { planFolder, runProvision, type PlanFile } from '../support/plan.ts'
import { figure, type Figures } from './figure.ts'
import type { World } from './world.ts'

const PEOPLE = 500
const TEAM = 20

function grow({ people, rooms }: PlanFile): void {
  for (let i = people.length; i < PEOPLE; i++) people.push({ person: `p.${i}`, name: `Person ${i}`, role: 'staff' })
  for (let i = 0; i * TEAM < PEOPLE; i++) {
    const members = people.slice(i * TEAM, (i + 1) * TEAM).map((p) => p.person)
    rooms.push({ key: `einheit${i}`, kind: 'team', title: `Einheit ${i}`, members })
  }
}

/** Seconds; throws with its last words when it does not get to its end. */
async function timed(path: string): Promise<number> {
  const start = performance.now()
  const { code, lines } = await runProvision(path)
  if (code !== 0) throw new Error(`provisioning ended with ${code}: ${lines.at(-1)}`)
  return (performance.now() - start) / 1000
}

export async function measureProvision({ say }: World): Promise<Figures> {
  const pair = await startPair()
  const plan = await planFolder(pair.demo.sites)
  try {
    await plan.write(grow)
    const first = await timed(plan.path)
    say(`  first: ${first.toFixed(0)} s`)
    const again = await timed(plan.path)
    return {
      'provision.people500_s': figure([first], { unit: 's' }),
      'provision.people500_again_s': figure([again], { unit: 's' }),
    }
  } finally {
    await pair.stop()
    await plan.clear()
  }
}
