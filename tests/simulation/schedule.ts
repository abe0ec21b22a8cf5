/** What happens in a world, made of a seed before it begins, so that a failing one can be printed and read. Times in ms. */
import type { RoomId, SiteId } from '../../src/core/ids.ts'
import { PEOPLE, TEAMS } from './agency.ts'
import type { Quality } from './network.ts'
import type { Random } from './random.ts'

export type Action =
  | { do: 'say'; phone: number; room: RoomId }
  | { do: 'alert'; phone: number }
  | { do: 'answer'; phone: number; key: string }
  | { do: 'decide'; phone: number; type: 'edited' | 'withdrawn' | 'retried' }
  | { do: 'kill'; phone: number; for: number }
  /** Its window that led wakes beside the one that leads now. */
  | { do: 'haunt'; phone: number; for: number }
  /** Its clock jumps. */
  | { do: 'clock'; phone: number; by: number }
  /** It is off for more than a day, in which nothing happens. */
  | { do: 'night'; phone: number; for: number }
  | { do: 'network'; phone: number; quality: Quality; for: number }
  | { do: 'site'; site: SiteId; state: 'mute' | 'busy' | 'down' | 'burnt'; for: number }
  | { do: 'cut'; between: [string, string]; for: number }
  | { do: 'relay'; relay: string; for: number }
  | { do: 'blind'; relay: string; for: number }
  | { do: 'slow'; delay: number; for: number }
export type Step = { at: number } & Action

export interface Schedule {
  sites: SiteId[]
  /** The relays of the sites, and `w`, a witness, where there is one. */
  monitors: string[]
  /** Longest write on each phone, ms. */
  slowness: number[]
  steps: Step[]
  end: number
}

const END = 110_000
const HOUR = 3600_000

export function scheduleOf(random: Random): Schedule {
  const sites = random.chance(0.65) ? ['a', 'b'] : ['a', 'b', 'c']
  const monitors = sites.length === 2 || random.chance(0.4) ? [...sites, 'w'] : sites
  const phone = () => random.whole(0, PEOPLE.length - 1)
  const long = () => random.whole(2_000, 45_000)
  // Much happens around one moment, as it does in a crisis: that is where things are lost.
  const moment = random.whole(15_000, END - 50_000)
  const when = () => (random.chance(0.5) ? moment + random.whole(-10_000, 15_000) : random.whole(500, END - 10_000))
  const outage = () => random.whole(10_000, 70_000)
  let burns = sites.length - 1
  const faults: (() => Action)[] = [
    () => ({ do: 'kill', phone: phone(), for: random.whole(100, 15_000) }),
    () => ({ do: 'kill', phone: phone(), for: random.whole(1, 500) }),
    () => ({ do: 'haunt', phone: phone(), for: random.whole(500, 20_000) }),
    () => ({ do: 'network', phone: phone(), quality: random.pick(['bad', 'off'] as const), for: long() }),
    () => ({
      do: 'site',
      site: random.pick(sites),
      state: random.pick(['mute', 'busy', 'down'] as const),
      for: outage(),
    }),
    () => {
      if (burns === 0) return { do: 'site', site: random.pick(sites), state: 'mute', for: long() }
      burns -= 1
      // Sites burn in the file's order, the last one never.
      return { do: 'site', site: sites[sites.length - 2 - burns]!, state: 'burnt', for: END }
    },
    () => {
      const one = random.pick(monitors)
      return { do: 'cut', between: [one, random.pick(monitors.filter((m) => m !== one))], for: long() }
    },
    () => {
      // One probe is lost.
      const one = random.pick(sites)
      return { do: 'cut', between: [one, random.pick(sites.filter((s) => s !== one))], for: random.whole(1_000, 6_000) }
    },
    () => ({ do: 'relay', relay: random.pick(monitors), for: long() }),
    () => ({ do: 'blind', relay: random.pick(monitors), for: long() }),
    () => ({ do: 'slow', delay: random.whole(2_000, 20_000), for: long() }),
  ]
  const steps: Step[] = [{ at: random.whole(500, 20_000), do: 'alert', phone: 0 }]
  const add = (action: Action) => steps.push({ at: when(), ...action })
  for (let i = random.whole(6, 14); i > 0; i--) {
    const [who, room] = [phone(), random.pick(TEAMS)]
    const at = when()
    // People write several lines in a row; that is where order can be lost.
    for (let lines = random.whole(1, 3), t = at; lines > 0; lines--, t += random.whole(20, 3_000))
      steps.push({ at: t, do: 'say', phone: who, room })
  }
  for (let i = random.whole(1, 5); i > 0; i--) add({ do: 'answer', phone: phone(), key: random.pick(['ok', 'help']) })
  const said = steps.filter((s) => s.do === 'say')
  for (let i = random.whole(0, 4); i > 0; i--) {
    // Most think better of it at once, when it is just going out.
    const of = random.pick(said)
    const at = random.chance(0.5) ? of.at + random.whole(1, 1_500) : when()
    const type = random.pick(['edited', 'edited', 'withdrawn', 'retried'] as const)
    steps.push({ at, do: 'decide', phone: of.phone, type })
  }
  for (let i = random.whole(1, 8); i > 0; i--) add(random.pick(faults)())
  // A day that a clock takes back is a day that no device can know of, so no world has both.
  const day = random.chance(0.2) ? 'night' : random.chance(0.25) ? 'clock' : null
  const burnt = steps.find((s) => s.do === 'site' && s.state === 'burnt')
  const who = phone()
  const pass = (at: number, by: number) =>
    steps.push({ at, phone: who, ...(day === 'night' ? { do: day, for: by } : { do: 'clock', by }) })
  if (day && burnt && random.chance(0.5)) {
    // The day goes by while nobody else has what the site took that burns.
    steps.push({ at: burnt.at - 10_000, do: 'slow', delay: 20_000, for: 20_000 })
    steps.push({ at: burnt.at - random.whole(200, 3_000), do: 'say', phone: who, room: random.pick(TEAMS) })
    pass(burnt.at + random.whole(0, 4_000), 25 * HOUR)
  } else if (day) pass(when(), random.pick(day === 'night' ? [23, 25, 30] : [-24, 24]) * HOUR)
  // Everybody comes over at once, and those who survived have their hands full.
  for (const { at } of steps.filter((s) => s.do === 'site' && s.state === 'burnt' && random.chance(0.5)))
    steps.push({ at: at + random.whole(0, 10_000), do: 'site', site: sites.at(-1)!, state: 'busy', for: long() })
  if (random.chance(0.15)) {
    // The active site goes, comes back, and then its successor goes.
    const down = (site: SiteId, at: number): Step => ({ at, do: 'site', site, state: 'down', for: 30_000 })
    steps.push(down('a', random.whole(2_000, 15_000)), down('b', random.whole(65_000, 75_000)))
  }
  const slowness = PEOPLE.map(() => (random.chance(0.3) ? random.whole(5, 400) : 0))
  return { sites, monitors, slowness, steps: steps.toSorted((a, b) => a.at - b.at), end: END }
}
