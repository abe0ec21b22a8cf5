/** Says what of a run was not as promised, from nothing but what was said, what screens showed and what is there at the end. */
import { ALERT_ROOM, type Schedule } from './schedule.ts'

/** States of an item on its writer's screen, in the words of the outbox; null: somebody else's. */
export type State = 'saved' | 'sending' | 'waiting' | 'refused' | 'taken' | null

export interface Line {
  text: string
  state: State
}
/** A room as one screen showed it at one moment: its lines from the top. */
export interface Look {
  at: number
  person: number
  room: string
  lines: Line[]
}
/** An answer as its writer's screen showed it; `stamp` is the time of the answer, which tells answers apart. */
export interface AnswerLook {
  at: number
  person: number
  stamp: number
  key: string
  state: State
}
/** Which answer of the schedule has which stamp; null: its screen died before it showed it. */
export type Stamps = ReadonlyMap<string, number | null>

/** What a homeserver has at the end. */
export interface Found {
  site: string
  /** Texts of each room in the order in which a member sees them, each once (`onlyOnce`). */
  rooms: Map<string, string[]>
  /** Of each alert (by its item) and person the answer that counts. */
  tallies: Map<string, Map<number, { stamp: number; key: string }>>
}

export interface Evidence {
  schedule: Schedule
  looks: Look[]
  answers: AnswerLook[]
  stamps: Stamps
  found: Found[]
  /** Every room on every screen, at the end. */
  screens: Look[]
}
export interface Verdict {
  lost: string[]
  duplicated: string[]
  reordered: string[]
  regressed: string[]
}

const ITEM = /#\d{4}/
const itemOf = ({ text }: { text: string }): string | null => ITEM.exec(text)?.[0] ?? null
const itemsOf = (lines: readonly { text: string }[]): string[] => lines.flatMap((line) => itemOf(line) ?? [])
const asLines = (texts: readonly string[]) => texts.map((text) => ({ text }))

function twice(items: readonly string[]): string[] {
  return [...new Set(items.filter((item, i) => items.indexOf(item) !== i))]
}

/** Writer and room of what is said in rooms, in the order in which it was said. */
function saidIn(schedule: Schedule): Map<string, { person: number; room: string; order: number }> {
  const said = schedule.steps.flatMap((step, order) => {
    if (step.do === 'say') return [[step.item, { person: step.person, room: step.room, order }] as const]
    return step.do === 'alert' ? [[step.item, { person: step.person, room: ALERT_ROOM, order }] as const] : []
  })
  return new Map(said)
}

/** An item that stands after a later one of the same writer. */
function outOfOrder(items: readonly string[], said: ReturnType<typeof saidIn>): string[] {
  const last = new Map<number, number>()
  return items.filter((item) => {
    const by = said.get(item)
    if (!by) return false
    const before = last.get(by.person) ?? -1
    last.set(by.person, Math.max(before, by.order))
    return by.order < before
  })
}

/** What stood there and does not any more, though what stood above it still does: a list may only begin later. */
function vanished(before: readonly string[], now: readonly string[]): string[] {
  const there = new Set(now)
  const top = before.findIndex((item) => there.has(item))
  // Nothing in common: so much was said meanwhile that the newest lines begin after all of them.
  if (top < 0 && now.length) return []
  return before.slice(Math.max(top, 0)).filter((item) => !there.has(item))
}

function goneBack(looks: readonly Look[]): string[] {
  const faults: string[] = []
  const taken = new Set<string>()
  const last = new Map<string, string[]>()
  for (const { person, room, lines, at } of looks) {
    const where = `${person} in ${room}`
    for (const line of lines) {
      const item = itemOf(line)
      if (!item || line.state === null) continue
      if (line.state === 'taken') taken.add(item)
      else if (taken.has(item))
        faults.push(`${item} was delivered, then ${line.state}, on the screen of ${where} (${at})`)
    }
    const items = itemsOf(lines)
    for (const item of vanished(last.get(where) ?? [], items))
      faults.push(`${item} vanished from the screen of ${where} (${at})`)
    last.set(where, items)
  }
  return faults
}

function answersGoneBack(answers: readonly AnswerLook[]): string[] {
  const taken = new Set<string>()
  return answers.flatMap(({ person, stamp, state, at }) => {
    const answer = `the answer ${stamp} of ${person}`
    if (state === 'taken') taken.add(answer)
    return state !== 'taken' && taken.has(answer) ? [`${answer} was registered, then ${state} (${at})`] : []
  })
}

/** The last answer that a screen called saved counts, or one that was given after it. */
function lostAnswers({ schedule, stamps, found }: Evidence): string[] {
  const given = schedule.steps.flatMap((step) => (step.do === 'answer' ? [step] : []))
  const groups = Map.groupBy(given, ({ alert, person }) => `${alert} ${person}`)
  return [...groups.values()].flatMap((answers) => {
    const { alert, person } = answers[0]!
    const claimed = answers.findLastIndex(({ item }) => (stamps.get(item) ?? null) !== null)
    if (claimed < 0) return []
    const stamp = stamps.get(answers[claimed]!.item)
    const later = answers.slice(claimed + 1).filter(({ item }) => stamps.has(item))
    return found.flatMap(({ site, tallies }) => {
      const counts = tallies.get(alert)?.get(person)
      if (counts && (counts.stamp === stamp || later.some(({ key }) => key === counts.key))) return []
      const instead = counts ? `${counts.key} counts` : 'nothing is there'
      return [`answer ${answers[claimed]!.item} of ${person} to ${alert} at ${site}: ${instead}`]
    })
  })
}

export function judge(evidence: Evidence): Verdict {
  const { schedule, looks, answers, found, screens } = evidence
  const said = saidIn(schedule)
  const wasSeen = new Set(looks.flatMap(({ person, lines }) => itemsOf(lines).map((item) => `${person} ${item}`)))
  const claimed = [...said].filter(([item]) =>
    [...Array(schedule.people).keys()].some((p) => wasSeen.has(`${p} ${item}`)),
  )

  const lost = lostAnswers(evidence)
  const duplicated: string[] = []
  const reordered: string[] = []
  const weigh = (items: string[], where: string) => {
    duplicated.push(...twice(items).map((item) => `${item} ${where}`))
    reordered.push(...outOfOrder([...new Set(items)], said).map((item) => `${item} ${where}`))
  }
  for (const { site, rooms } of found) {
    const there = new Map([...rooms].map(([room, texts]) => [room, itemsOf(asLines(texts))]))
    for (const [item, { room }] of claimed) if (!there.get(room)?.includes(item)) lost.push(`${item} at ${site}`)
    for (const [room, items] of there) weigh(items, `at ${site} in ${room}`)
  }
  for (const { person, room, lines } of screens) {
    const items = itemsOf(lines)
    for (const [item, by] of claimed)
      if (by.room === room && !items.includes(item)) lost.push(`${item} on the screen of ${person}`)
    weigh(items, `on the screen of ${person} in ${room}`)
  }
  for (const { person, room, lines } of looks)
    duplicated.push(
      ...twice(itemsOf(lines)).map((item) => `${item} on the screen of ${person} in ${room}, for a while`),
    )

  const regressed = [...goneBack(looks), ...answersGoneBack(answers)]
  return {
    lost: [...new Set(lost)],
    duplicated: [...new Set(duplicated)],
    reordered: [...new Set(reordered)],
    regressed: [...new Set(regressed)],
  }
}
