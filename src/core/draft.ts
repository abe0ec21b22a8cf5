/** A draft of an alert, as a crisis manager writes it, and the alert that becomes of it. Rules LEAD-* in docs/spec.md. */
import * as v from 'valibot'
import { alertSchema, LIMITS, SEVERITIES, type AlertContent } from './alert.ts'
import { roomId, type AlertId } from './ids.ts'

/** As it is kept on the device: half-written, so nothing is required and nothing too long. */
export const draftSchema = v.object({
  severity: v.nullable(v.picklist(SEVERITIES)),
  headline: v.string(),
  instruction: v.string(),
  next_step: v.string(),
  responses: alertSchema.entries.responses,
  rooms: v.array(roomId),
  playbook: v.nullable(v.string()),
})
export type Draft = v.InferOutput<typeof draftSchema>

/** No severity is the default one (LEAD-1). */
export const emptyDraft = (): Draft => ({
  severity: null,
  headline: '',
  instruction: '',
  next_step: '',
  responses: [],
  rooms: [],
  playbook: null,
})

/** Whether nobody has written anything that could be lost. */
export const isUnwritten = ({ headline, instruction, next_step }: Draft): boolean =>
  !headline.trim() && !instruction.trim() && !next_step.trim()

/** A blank of a template, `‹Gebäude›`: brackets that no phone's keyboard offers, so that nobody writes one by chance. */
const BLANK = /‹[^‹›]*›/g

/** Where the blanks of a text stand. */
export const blanksIn = (text: string): { start: number; end: number }[] =>
  [...text.matchAll(BLANK)].map(({ index, 0: blank }) => ({ start: index, end: index + blank.length }))

/** The field that keeps a draft from being sent; a text may be missing, have a blank, or be too long. */
export type DraftProblem = 'severity' | 'headline' | 'instruction' | 'next_step' | 'responses' | 'rooms'

const textFits = (text: string, max: number, required: boolean): boolean =>
  text.trim().length <= max && !blanksIn(text).length && (!required || text.trim().length > 0)

/** In the order of the form, so that the first one is where to go on (LEAD-1). An alert without a next step is none (ALERT-8). */
export function draftProblems(draft: Draft): DraftProblem[] {
  const fits: Record<DraftProblem, boolean> = {
    severity: draft.severity !== null,
    headline: textFits(draft.headline, LIMITS.headline, true),
    instruction: textFits(draft.instruction, LIMITS.instruction, false),
    next_step: textFits(draft.next_step, LIMITS.next_step, true),
    responses: draft.responses.length > 0,
    rooms: draft.rooms.length > 0,
  }
  return (Object.keys(fits) as DraftProblem[]).filter((field) => !fits[field])
}

/** What a sending adds to a draft. Times in ms. */
export interface SendAs {
  id: AlertId
  rev: number
  now: number
  audienceLabel: string
  msg_type: AlertContent['msg_type']
  /** The revision that this one follows. */
  follows?: AlertContent | undefined
}

/**
 * The alert that a draft without problems becomes. A revision keeps what is not a manager's to write: a drill stays a
 * drill, a failover keeps its sites (LEAD-5). Translations are not kept: they would say the old text.
 */
export function alertOf(draft: Draft, { id, rev, now, audienceLabel, msg_type, follows }: SendAs): AlertContent {
  if (!draft.severity) throw new Error('a draft without a severity is no alert')
  return {
    v: 1,
    id,
    rev,
    msg_type,
    status: follows?.status ?? 'Actual',
    severity: draft.severity,
    kind: follows?.kind ?? 'instruction',
    headline: draft.headline.trim(),
    instruction: draft.instruction.trim(),
    next_step: draft.next_step.trim(),
    responses: draft.responses,
    effective: now,
    // One that has expired is said again: it is not to be over at once.
    ...((follows?.expires ?? 0) > now ? { expires: follows?.expires } : {}),
    ...(draft.playbook === null ? {} : { playbook: draft.playbook }),
    audience: { label: audienceLabel, rooms: draft.rooms },
    info: [],
    ...(follows?.site ? { site: follows.site } : {}),
  }
}

/** The draft of an alert's next revision: what it says now. */
export const draftOf = (content: AlertContent): Draft => ({
  severity: content.severity,
  headline: content.headline,
  instruction: content.instruction,
  next_step: content.next_step,
  responses: content.responses,
  rooms: content.audience.rooms,
  playbook: content.playbook ?? null,
})
