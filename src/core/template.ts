/** The agency's words for a switch: alerts with named blanks, in a handbook room (docs/protocol.md, Templates). Rules SWITCH-11, SWITCH-12. */
import * as v from 'valibot'
import { LIMITS, MEANINGS, SEVERITIES } from './alert.ts'
import { TYPE } from './event.ts'
import { parse, type Parsed } from './parse.ts'
import { setWithPower, stateOf, type AgencyRoom } from './room.ts'

/** What a switch may be: the site fell, a manager moves people or closes it, people go home, or it was a mistake. */
export const MOVES = ['failover', 'moved', 'closed', 'switch_back', 'correction'] as const
export type MoveKind = (typeof MOVES)[number]

/** `{from}` and `{to}`: names of the sites; `{time}` of the switch; `{workplace}`: address of the workplace at `to`. */
const BLANKS = ['from', 'to', 'time', 'workplace'] as const
export type Blanks = Readonly<Record<(typeof BLANKS)[number], string>>

const known = (text: string) =>
  [...text.matchAll(/\{([^{}]*)\}/g)].every(([, name]) => (BLANKS as readonly string[]).includes(name!))
const text = (min: number, max: number) =>
  v.pipe(v.string(), v.minLength(min), v.maxLength(max), v.check(known, `blanks are {${BLANKS.join('}, {')}}`))
const words = {
  headline: text(1, LIMITS.headline),
  instruction: text(0, LIMITS.instruction),
  next_step: text(1, LIMITS.next_step),
}
const label = v.pipe(v.string(), v.minLength(1), v.maxLength(LIMITS.label))

/** German in the main fields, other languages in `info`, as in an alert. */
export const templateSchema = v.object({
  v: v.literal(1),
  version: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(1)), 1),
  severity: v.picklist(SEVERITIES),
  ...words,
  responses: v.pipe(v.array(v.object({ key: label, label, meaning: v.picklist(MEANINGS) })), v.maxLength(6)),
  playbook: v.optional(v.pipe(v.string(), v.maxLength(64))),
  info: v.optional(
    v.array(v.object({ lang: v.string(), ...words, responses: v.optional(v.record(v.string(), label)) })),
    [],
  ),
})
export type Template = v.InferOutput<typeof templateSchema>

/** The agency's template for a kind of switch; null: it has none. An emptied one was taken back. */
export function templateIn(rooms: readonly AgencyRoom[], kind: MoveKind): Parsed<Template> | null {
  for (const { kind: of, record } of rooms) {
    const event = of === 'handbook' ? stateOf(record, TYPE.template, kind) : undefined
    if (event && setWithPower(record, event) && Object.keys(event.content).length)
      return parse(templateSchema, event.content)
  }
  return null
}

/** A line whose blank has nothing to put into it is left out. */
function fill(text: string, blanks: Blanks): string {
  const lines = text.split('\n').filter((line) => !BLANKS.some((name) => !blanks[name] && line.includes(`{${name}}`)))
  return lines.join('\n').replace(/\{(\w+)\}/g, (whole, name: keyof Blanks) => blanks[name] ?? whole)
}

/** The template's texts with its blanks filled; `blanks` in the language that is asked for. */
export function fillTemplate(template: Template, blanks: (lang: string) => Blanks): Omit<Template, 'v' | 'version'> {
  const { v: _v, version: _version, ...rest } = template
  const filled = <T extends Pick<Template, keyof typeof words>>(of: T, lang: string): T => ({
    ...of,
    headline: fill(of.headline, blanks(lang)),
    instruction: fill(of.instruction, blanks(lang)),
    next_step: fill(of.next_step, blanks(lang)),
  })
  return { ...filled(rest, 'de'), info: rest.info.map((info) => filled(info, info.lang)) }
}

const TAKEN: Pick<Template, 'v' | 'version' | 'responses'> = {
  v: 1,
  version: 1,
  responses: [{ key: 'ok', label: 'Verstanden', meaning: 'acknowledged' }],
}
const english = (headline: string, instruction: string, next_step: string): Template['info'] => [
  { lang: 'en', headline, instruction, next_step, responses: { ok: 'Understood' } },
]

/** What is said where the agency has no words of its own. A name may begin with "Standort" or stand alone: no word goes before it. */
export const DEFAULT_TEMPLATES: Readonly<Record<MoveKind, Template>> = {
  failover: {
    ...TAKEN,
    severity: 'Severe',
    headline: 'Arbeitsplatz umgezogen nach {to}',
    instruction:
      '{from} antwortet nicht mehr. Ihr Arbeitsplatz läuft jetzt hier: {to}. Diese App hat schon gewechselt. Sie bleiben angemeldet.\nArbeitsplatz im Browser: {workplace}',
    next_step: 'Arbeiten Sie in dieser App weiter. Melden Sie sich nirgends neu an.',
    info: english(
      'Workplace moved to {to}',
      '{from} is not answering any more. Your workplace now runs at {to}. This app has already changed over. You stay signed in.\nWorkplace in the browser: {workplace}',
      'Go on working in this app. Do not sign in anywhere else.',
    ),
  },
  moved: {
    ...TAKEN,
    severity: 'Severe',
    headline: 'Arbeitsplatz umgezogen nach {to}',
    instruction:
      'Der Krisenstab hat um {time} Uhr umgeschaltet. Ihr Arbeitsplatz läuft jetzt hier: {to}. Diese App hat schon gewechselt. Sie bleiben angemeldet.\nArbeitsplatz im Browser: {workplace}',
    next_step: 'Arbeiten Sie in dieser App weiter. Melden Sie sich nirgends neu an.',
    info: english(
      'Workplace moved to {to}',
      'The crisis team moved the workplace at {time}. It now runs at {to}. This app has already changed over. You stay signed in.\nWorkplace in the browser: {workplace}',
      'Go on working in this app. Do not sign in anywhere else.',
    ),
  },
  closed: {
    ...TAKEN,
    severity: 'Severe',
    headline: '{from} ist geschlossen',
    instruction:
      'Der Krisenstab hat diesen Standort um {time} Uhr geschlossen: {from}. Ihr Arbeitsplatz läuft jetzt hier: {to}. Diese App hat schon gewechselt. Sie bleiben angemeldet.\nArbeitsplatz im Browser: {workplace}',
    next_step: 'Arbeiten Sie in dieser App weiter. Melden Sie sich am geschlossenen Standort nicht mehr an.',
    info: english(
      '{from} is closed',
      'The crisis team closed {from} at {time}. Your workplace now runs at {to}. This app has already changed over. You stay signed in.\nWorkplace in the browser: {workplace}',
      'Go on working in this app. Do not sign in at the closed site any more.',
    ),
  },
  switch_back: {
    ...TAKEN,
    severity: 'Moderate',
    headline: 'Arbeitsplatz zurück in {to}',
    instruction:
      'Ihr Arbeitsplatz läuft seit {time} Uhr wieder hier: {to}. Diese App hat schon gewechselt. Sie bleiben angemeldet.\nArbeitsplatz im Browser: {workplace}',
    next_step: 'Arbeiten Sie weiter wie gewohnt. Sie müssen nichts tun.',
    info: english(
      'Workplace back at {to}',
      'Your workplace has been running at {to} again since {time}. This app has already changed over. You stay signed in.\nWorkplace in the browser: {workplace}',
      'Go on working as usual. There is nothing you have to do.',
    ),
  },
  correction: {
    ...TAKEN,
    severity: 'Moderate',
    headline: 'Umschaltung nach {from} zurückgenommen',
    instruction: 'Die Umschaltung nach {from} war nicht nötig. Ihr Arbeitsplatz läuft hier: {to}.',
    next_step: 'Arbeiten Sie weiter wie gewohnt. Sie müssen nichts tun.',
    info: english(
      'Move to {from} taken back',
      'The move to {from} was not needed. Your workplace runs at {to}.',
      'Go on working as usual. There is nothing you have to do.',
    ),
  },
}
