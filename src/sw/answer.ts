/**
 * An answer that is tapped on a notification, with no window open. The worker keeps it, takes it to a relay if it can, and
 * says what became of it. What it could not send, the next push or the page does. Rules NOTICE-* in docs/spec.md.
 */
import { answers, readNotice, receipt, stageOf, takesAnswers, type GivenAnswer } from '../core/notice.ts'
import type { OwnAnswer, WorkerAccess } from '../core/ports.ts'
import type { ResponseGate } from '../core/sending.ts'
import type { OpenInbox } from '../platform/inbox.ts'
import type { Shows } from '../platform/notices.ts'
import { responseGate } from '../platform/response-gate.ts'

export interface Counter {
  inbox: Pick<OpenInbox, 'access' | 'answers' | 'giveAnswer' | 'noteAnswer' | 'tell'>
  shows: Shows
  gate(access: WorkerAccess): ResponseGate
  now(): number
  /** Asks the browser to call when there is a network again, where it knows how to. */
  later(): Promise<void>
}

/** Only the page, which has Matrix tokens, gets another bearer. */
export const gateOf = ({ bearer, relays }: WorkerAccess): ResponseGate =>
  responseGate(() => relays, {
    bearer: (stale) => Promise.resolve(stale === bearer ? null : bearer),
    reason: () => Promise.resolve('signed_out'),
  })

/** Takes to a relay what was not taken yet, by whomever; the same again is the same (ANSWER-6). Whether nothing is left. */
async function sendKept({ inbox, gate, now }: Counter): Promise<boolean> {
  const access = await inbox.access()
  const isKept = (answer: OwnAnswer) => answer.person === access?.person && stageOf(answer) === 'waiting'
  const kept = (await inbox.answers()).filter(isKept).map(({ response }) => response)
  if (!access || !kept.length) return true
  const results = new Map((await gate(access).register(kept)).map((result) => [result.id, result]))
  let left = false
  for (const response of kept) {
    const result = results.get(response.id)
    if (result && 'site' in result) {
      const at = now() + access.offset
      await inbox.noteAnswer(response, { registered: { site: result.site, at } })
    } else if (result?.failure.fate === 'refuse') await inbox.noteAnswer(response, { refused: true })
    else left = true
  }
  inbox.tell()
  return !left
}

/** A notification that asks for what was answered says instead what became of the answer (NOTICE-4). */
async function showOutcomes({ inbox, shows }: Counter): Promise<void> {
  const given = await inbox.answers()
  for (const { data } of await shows.getNotifications()) {
    const notice = readNotice(data)
    const { revision } = notice ?? {}
    const answer = revision && given.find((one) => answers(one, revision))
    if (!notice || !answer || notice.stage === stageOf(answer)) continue
    const { title, options } = receipt({ ...notice, revision }, answer)
    await shows.showNotification(title, options)
  }
}

/** Something has come through. */
export async function goOn(counter: Counter): Promise<void> {
  if (!(await sendKept(counter))) await counter.later()
  await showOutcomes(counter)
}

/** As the browser calls when there may be a network. Rejects when something is left: then it calls again, but later. */
export async function sendAgain(counter: Counter): Promise<void> {
  const done = await sendKept(counter)
  await showOutcomes(counter)
  if (!done) throw new Error('an answer could not be sent yet')
}

/** False: it cannot be taken here, and the person shall answer in the app, which also says what is wrong with the disk. */
export async function tapAnswer(data: unknown, key: string, counter: Counter): Promise<boolean> {
  const { inbox, shows, now, later } = counter
  const notice = readNotice(data)
  const { revision } = notice ?? {}
  const access = await inbox.access().catch(() => null)
  if (!notice || !revision || !access) return false
  const at = now() + access.offset
  if (!takesAnswers(revision, key, at)) return false
  const show = async (answer: GivenAnswer, stage = stageOf(answer)) => {
    const { title, options } = receipt({ ...notice, revision }, answer, stage)
    await shows.showNotification(title, options)
  }
  const tap = { person: access.person, alert: revision.content.id, key, since: revision.at, at }
  const given = await inbox.giveAnswer(tap).catch(() => null)
  if (!given) return false

  await show(given, given.registered ? 'registered' : 'sending')
  if (!(await sendKept(counter).catch(() => false))) await later()
  const all = await inbox.answers().catch(() => [])
  await show(all.find(({ response }) => response.id === given.response.id) ?? given)
  return true
}
