/** Playbooks, contact lists and templates of a plan as the state events of a handbook room (docs/protocol.md, Handbook, Templates). */
import { createHash } from 'node:crypto'
import { TYPE } from '../../core/event.ts'
import { partKey, splitParts } from '../../core/handbook.ts'
import { MOVES } from '../../core/template.ts'
import type { Plan, PlanContacts, PlanPlaybook } from './plan.ts'

/** Largest part of a playbook's text, bytes: with its JSON it stays under 48 KiB. */
const PART = 40 * 1024

export interface StateEvent {
  type: string
  key: string
  content: Record<string, unknown>
}

/** A playbook: its parts first and the card that announces them last, so that a reader never meets a card without text. */
export function playbookState(playbook: PlanPlaybook): StateEvent[] {
  const { id, title, scenario, summary, version, updated, lang, text } = playbook
  const parts = splitParts(text, PART)
  const bytes = Buffer.from(text, 'utf8')
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const card = {
    v: 1,
    title,
    scenario,
    summary,
    version,
    updated,
    lang,
    bytes: bytes.length,
    sha256,
    parts: parts.length,
  }
  return [
    ...parts.map((markdown, i) => ({
      type: TYPE.playbookBody,
      key: partKey(id, i),
      content: { v: 1, version, markdown },
    })),
    { type: TYPE.playbook, key: id, content: card },
  ]
}

export function contactsState({ id, title, version, entries }: PlanContacts): StateEvent {
  return { type: TYPE.contacts, key: id, content: { v: 1, title, version, entries } }
}

export const templatesState = (templates: Plan['templates']): StateEvent[] =>
  MOVES.flatMap((kind) => {
    const template = templates[kind]
    return template ? [{ type: TYPE.template, key: kind, content: { v: 1, ...template } }] : []
  })
