/**
 * What happens in a chaos run, made of a seed before it begins: the same seed, minutes and number of people, the same
 * schedule. Times in ms. Everything that is broken is whole again by the end.
 */
import type { Fault } from '../support/faults.ts'
import { randomOf, type Random } from '../simulation/random.ts'

/** The first one is the manager. */
export const PEOPLE = ['eva.kern', 'tom.adam', 'ida.blum', 'uwe.dorn', 'lea.ernst', 'max.falk'] as const
export const TEAMS = ['Hof', 'Tor', 'Lager'] as const
export const ALERT_ROOM = 'Alle'
export const LAGE = 'Lagebild'
/** The answers of the composer's preset “Bin in Sicherheit”. */
export const ANSWERS = ['safe', 'help', 'away'] as const
export type Answer = (typeof ANSWERS)[number]
export type Site = 'a' | 'b'
/** What of somebody's network is bad: everything, a site's homeserver and relay, its relay alone, or the web host. */
export type Place = 'all' | Site | 'relay a' | 'relay b' | 'app'

/** What one person does, one after the other. */
export type Deed =
  | { do: 'say'; person: number; item: string; room: string }
  | { do: 'alert'; person: number; item: string }
  | { do: 'answer'; person: number; item: string; alert: string; key: Answer }
  /** SIGKILL to the browser, which comes back after a while. */
  | { do: 'kill'; person: number; for: number }
  | { do: 'reload'; person: number }
/** What happens to them, at any moment. */
export type Accident =
  | { do: 'network'; person: number; place: Place; fault: Fault; for: number }
  | { do: 'site'; site: Site; how: 'kill' | 'freeze'; for: number }
  | { do: 'relay'; site: Site; for: number }
export type Step = { at: number } & (Deed | Accident)

export interface Schedule {
  seed: number
  minutes: number
  people: number
  steps: Step[]
  end: number
}

export const isAccident = (step: Step): step is Step & Accident =>
  step.do === 'network' || step.do === 'site' || step.do === 'relay'

/** Nothing begins in the last part of the run. */
const LAST = 0.9
const SECOND = 1000

/** Moments about `mean` ms apart, from `from` on. */
function* moments(random: Random, from: number, end: number, mean: number): Generator<number> {
  for (let at = from + random() * mean; at < end * LAST; at += mean * (0.5 + random())) yield Math.round(at)
}

function faultOf(random: Random): Fault {
  return random.pick<() => Fault>([
    () => ({ kind: 'refuse' }),
    () => ({ kind: 'reset' }),
    () => ({ kind: 'blackhole' }),
    () => ({ kind: 'stall' }),
    () => ({ kind: 'halfopen' }),
    () => ({ kind: 'cut', after: random.pick([0, 50, 400, 3000]) }),
    () => ({ kind: 'unanswered' }),
    () => ({ kind: 'bad_gateway' }),
    () => ({
      kind: 'slow',
      bytes_per_s: random.pick([1, 125, 600, 6000]),
      latency_ms: random.pick([0, 400, 1200]),
    }),
  ])()
}

/** One bad network after the other, with some peace between them. */
function networks(random: Random, person: number, end: number): Step[] {
  const steps: Step[] = []
  let at = random.whole(15, 30) * SECOND
  while (at < end * LAST) {
    const lasts = Math.min(random.whole(4, 22) * SECOND, end - at)
    const place = random.pick<Place>(['all', 'all', 'all', 'a', 'a', 'b', 'relay a', 'relay b', 'app'])
    steps.push({ at, do: 'network', person, place, fault: faultOf(random), for: lasts })
    at += lasts + random.whole(20, 48) * SECOND
  }
  return steps
}

/** Sites and relays: one thing at a time, and time between for everybody to notice. */
function outages(random: Random, end: number): Step[] {
  const steps: Step[] = []
  let at = random.whole(20, 30) * SECOND
  while (at < end * LAST) {
    const lasts = Math.min(random.whole(6, 24) * SECOND, end - at)
    const site = random.pick<Site>(['a', 'a', 'b'])
    const kind = random.pick(['kill', 'kill', 'freeze', 'relay'] as const)
    steps.push(
      kind === 'relay' ? { at, do: 'relay', site, for: lasts } : { at, do: 'site', site, how: kind, for: lasts },
    )
    at += lasts + random.whole(35, 75) * SECOND
  }
  return steps
}

/** What the broken builds of `--break` must not get through: in every run, however short. */
function always(people: number, name: () => string): Step[] {
  const room = TEAMS[0]
  const [first, second] = [0, Math.min(1, people - 1)]
  return [
    // A request goes up, and its answer is cut off.
    { at: 2000, do: 'network', person: first, place: 'all', fault: { kind: 'unanswered' }, for: 8000 },
    { at: 3000, do: 'say', person: first, item: name(), room },
    { at: 3500, do: 'say', person: first, item: name(), room },
    // Something waits when its browser dies.
    { at: 2000, do: 'network', person: second, place: 'all', fault: { kind: 'refuse' }, for: 12_000 },
    { at: 3000, do: 'say', person: second, item: name(), room },
    { at: 3500, do: 'say', person: second, item: name(), room: TEAMS[1] },
    { at: 4000, do: 'kill', person: second, for: 2000 },
  ]
}

export function scheduleOf(seed: number, minutes: number, people: number): Schedule {
  const random = randomOf(seed)
  const end = Math.round(minutes * 60 * SECOND)
  let items = 0
  /** As it stands in the text, so that it is found on every screen. */
  const name = () => `#${String(++items).padStart(4, '0')}`
  const steps = always(people, name)
  const everybody = [...Array(people).keys()]
  const staff = everybody.slice(1)

  for (const person of everybody) {
    for (const at of moments(random, 8 * SECOND, end, 25 * SECOND)) {
      const room = random.pick(TEAMS)
      for (let n = random.pick([1, 1, 1, 2]); n > 0; n--) steps.push({ at, do: 'say', person, item: name(), room })
      // The worst moment: just after it was said.
      if (random.chance(0.04)) steps.push({ at, do: 'kill', person, for: random.whole(1, 8) * SECOND })
    }
    for (const at of moments(random, 20 * SECOND, end, 220 * SECOND))
      steps.push({ at, do: 'kill', person, for: random.whole(1, 15) * SECOND })
    for (const at of moments(random, 15 * SECOND, end, 120 * SECOND)) steps.push({ at, do: 'reload', person })
    steps.push(...networks(random, person, end))
  }
  const alerts = [6 * SECOND, ...moments(random, 90 * SECOND, end, 170 * SECOND)].filter((at) => at < end * LAST)
  for (const at of alerts) {
    const alert = name()
    steps.push({ at, do: 'alert', person: 0, item: alert })
    for (const person of staff) {
      for (const later of random.pick([[18], [18], [18, 40]])) {
        const when = Math.min(at + (later + random.whole(0, 12)) * SECOND, end * LAST)
        steps.push({ at: Math.round(when), do: 'answer', person, item: name(), alert, key: random.pick(ANSWERS) })
      }
    }
  }
  steps.push(...outages(random, end))
  return { seed, minutes, people, steps: steps.toSorted((a, b) => a.at - b.at), end }
}

export function countsOf(steps: readonly Step[]) {
  const count = (...kinds: Step['do'][]) => steps.filter((step) => kinds.includes(step.do)).length
  const freezes = steps.filter((step) => step.do === 'site' && step.how === 'freeze').length
  return {
    items: count('say', 'alert', 'answer'),
    faults: count('network') + freezes,
    kills: count('kill', 'relay', 'site') - freezes,
  }
}
