/** What happens in a world, made of a seed before it begins, so that a failing one can be printed and read. Times in ms. */
import type { SiteId } from '../../../src/core/ids.ts'
import type { Random } from '../random.ts'
import { INTERVAL, TROUBLE } from './pace.ts'

/** `status`: what monitors say to each other; `federation`: what homeservers do. */
export type Line = 'all' | 'status' | 'federation'

export type Action =
  /** It answers nothing, and goes on later as it was. */
  | { do: 'homeserver'; site: SiteId }
  /** Site, relay and all that they know are gone for good. */
  | { do: 'burn'; site: SiteId }
  /** `dead`: starts again without memory; `paused`: goes on where it was; `silent`: works and cannot be read. */
  | { do: 'monitor'; id: string; how: 'dead' | 'paused' | 'silent' }
  | { do: 'cut'; from: string; to: string; line: Line; bothWays: boolean }
  /** All lines of a monitor, a site or a phone. */
  | { do: 'alone'; id: string }
  /** Requests and federation take long. */
  | { do: 'slow' }
  /** Through the homeserver of a site, in one alert room. */
  | { do: 'manager'; act: Act; through: SiteId; room: number }
export type Act = 'follow' | 'decline' | 'declare' | 'correct' | 'close' | 'back' | 'open'
export type Step = { at: number; for: number } & Action

export type Mode = 'automatic' | 'confirm' | 'confirm, then automatic'

export interface Schedule {
  sites: SiteId[]
  /** The configured ones: relays of sites and, with other names, witnesses. */
  monitors: string[]
  phones: string[]
  rooms: number
  mode: Mode
  /** What the clock of each relay and witness, and of the managers, is ahead, ms. */
  skew: Record<string, number>
  steps: Step[]
}

const SITES = ['a', 'b', 'c', 'd']
const WITNESSES = ['w', 'v', 'u']
const PHONES = ['anna', 'ben']

function monitorsOf(random: Random, sites: SiteId[]): string[] {
  const count = random.pick([1, 2, 3, 3, 3, 3, 4, 5, 5])
  const all = [...sites, ...WITNESSES]
  // Not every relay has a vote; mostly they have.
  while (random.chance(0.25)) all.push(all.splice(random.whole(0, all.length - 1), 1)[0]!)
  return all.slice(0, count)
}

export function scheduleOf(random: Random): Schedule {
  const sites = SITES.slice(0, random.pick([2, 2, 3, 3, 4]))
  const monitors = monitorsOf(random, sites)
  const mode = random.pick<Mode>(['automatic', 'automatic', 'confirm', 'confirm, then automatic'])
  const watching = [...new Set([...sites, ...monitors])]
  const nodes = [...watching, ...PHONES]
  // Clocks are right in half of all worlds.
  const off = random.chance(0.5) ? 0 : 300_000
  const skew = Object.fromEntries([...watching, 'managers'].map((id) => [id, random.whole(-off, off)]))
  const steps: Step[] = []
  // Much happens around one moment, as it does in a crisis: that is where things go wrong.
  const moment = random.whole(2 * INTERVAL, TROUBLE / 2)
  const when = () => (random.chance(0.6) ? moment + random.whole(0, 40_000) : random.whole(0, TROUBLE - INTERVAL))
  const long = () => random.whole(INTERVAL, 20 * INTERVAL)
  const short = () => random.whole(1_000, 2 * INTERVAL)
  const add = (action: Action, lasts: number, at = when()) => steps.push({ at, for: lasts, ...action })
  const other = (id: string, of: readonly string[]) => random.pick(of.filter((o) => o !== id))
  const down = (site: SiteId, lasts: number, at = when()) => {
    add({ do: 'homeserver', site }, lasts, at)
    if (random.chance(0.5)) add({ do: 'monitor', id: site, how: 'dead' }, lasts, at)
  }
  let burns = sites.length - 1
  const line = () => random.pick<Line>(['all', 'all', 'status', 'federation'])
  const faults: (() => void)[] = [
    () => down(random.pick(sites), long()),
    () => down(sites[0]!, long()),
    () => {
      if (burns-- > 0) add({ do: 'burn', site: sites[burns]! }, Infinity)
    },
    () => {
      // It falls again and again.
      const site = random.pick(sites)
      for (let at = when(), falls = random.whole(2, 5); falls > 0; falls--, at += random.whole(6, 10) * INTERVAL)
        down(site, random.whole(3, 5) * INTERVAL, at)
    },
    () => {
      const from = random.pick(watching)
      add({ do: 'cut', from, to: other(from, watching), line: line(), bothWays: random.chance(0.8) }, long())
    },
    () => {
      // One site, or its relay, is cut from most others, each a little later.
      const from = random.pick(sites)
      const way = line()
      for (const to of watching)
        if (to !== from && random.chance(0.7))
          add({ do: 'cut', from, to, line: way, bothWays: random.chance(0.8) }, long(), moment + random.whole(0, 9_000))
    },
    () => {
      const from = random.pick(watching)
      add({ do: 'cut', from, to: other(from, watching), line: 'all', bothWays: false }, short())
    },
    () => add({ do: 'monitor', id: random.pick(watching), how: random.pick(['dead', 'paused', 'silent']) }, long()),
    () => add({ do: 'monitor', id: random.pick(watching), how: 'dead' }, short()),
    () => add({ do: 'alone', id: random.pick(nodes) }, long()),
    () => add({ do: 'slow' }, long()),
    () => add({ do: 'cut', from: random.pick(PHONES), to: random.pick(sites), line: 'all', bothWays: true }, long()),
  ]
  for (let i = random.whole(1, 6); i > 0; i--) random.pick(faults)()
  const acts: Act[] = ['follow', 'decline', 'decline', 'declare', 'correct', 'close', 'back', 'open']
  const rooms = random.whole(1, 2)
  for (let i = random.chance(0.4) ? random.whole(1, 3) : 0; i > 0; i--)
    add({ do: 'manager', act: random.pick(acts), through: random.pick(sites), room: random.whole(0, rooms - 1) }, 0)
  const inTime = steps.filter(({ at }) => at < TROUBLE).toSorted((x, y) => x.at - y.at)
  return { sites, monitors, phones: PHONES, rooms, mode, skew, steps: inTime }
}
