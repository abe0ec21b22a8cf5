/** Of each alert the last answer that was given on this device, for page and worker alike: rows of the inbox. */
import type { DBSchema } from 'idb'
import * as v from 'valibot'
import { personId, type AlertId, type PersonId } from '../core/ids.ts'
import { parseOrNull } from '../core/parse.ts'
import type { Inbox, OwnAnswer } from '../core/ports.ts'
import { registeredSchema, responseSchema } from '../core/response.ts'
import type { Open } from './database.ts'

/** More alerts than anybody answers in a week, after which relays forget them. */
const MAX_ANSWERS = 50

/** One store for all rows of the inbox; their keys say what they are. */
export interface Rows extends DBSchema {
  rows: { key: string; value: unknown }
}

const answerRow = v.object({
  person: personId,
  response: responseSchema,
  registered: v.optional(registeredSchema),
  refused: v.optional(v.literal(true)),
})
const keyOf = (alert: AlertId) => `answer/${alert}`
const all = () => IDBKeyRange.bound('answer/', 'answer/\uffff')
const read = (rows: unknown[]): OwnAnswer[] =>
  rows.map((row) => parseOrNull(answerRow, row)).filter((row) => row !== null)

export interface AnswerRows extends Pick<Inbox, 'answers' | 'putAnswer' | 'noteAnswer' | 'dropAnswer'> {
  /**
   * An answer that is given at `at` on a notification of what was said at `since`, ms; open windows hear of it. The latest
   * counts (ANSWER-3), so it is made later than the one before; the same one again is no other.
   */
  giveAnswer(given: { person: PersonId; alert: AlertId; key: string; since: number; at: number }): Promise<OwnAnswer>
}

export function answerRows(open: Open<Rows>, announce: () => void): AnswerRows {
  /** Writes what `step` makes of the answer to an alert, in one transaction; null removes it. */
  async function change<After extends OwnAnswer | null>(
    alert: AlertId,
    step: (before: OwnAnswer | null) => After,
  ): Promise<After> {
    const tx = (await open()).transaction('rows', 'readwrite', { durability: 'strict' })
    const before = parseOrNull(answerRow, await tx.store.get(keyOf(alert)))
    const after = step(before)
    if (after === null) await tx.store.delete(keyOf(alert))
    else if (after !== before) await tx.store.put(after, keyOf(alert))
    const newest = read(await tx.store.getAll(all())).toSorted((a, b) => b.response.at - a.response.at)
    for (const { response } of newest.slice(MAX_ANSWERS)) await tx.store.delete(keyOf(response.alert))
    await tx.done
    return after
  }

  return {
    answers: async () => read(await (await open()).getAll('rows', all())),
    async giveAnswer({ person, alert, key, since, at }) {
      const given = await change(alert, (row): OwnAnswer => {
        const before = row?.person === person ? row : null
        const last = before?.response
        if (before && last?.key === key && last.at >= since && !before.refused) return before
        const response = { id: crypto.randomUUID(), alert, key, at: Math.max(at, since, (last?.at ?? 0) + 1) }
        return { person, response }
      })
      announce()
      return given
    },
    async putAnswer(answer) {
      await change(answer.response.alert, (row) =>
        row?.person === answer.person && row.response.at >= answer.response.at ? row : answer,
      )
    },
    async noteAnswer({ id, alert }, outcome) {
      await change(alert, (row) => (row?.response.id === id && !row.registered ? { ...row, ...outcome } : row))
    },
    async dropAnswer({ id, alert }) {
      await change(alert, (row) => (row?.response.id === id ? null : row))
    },
  }
}
