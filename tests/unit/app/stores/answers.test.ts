// @vitest-environment happy-dom
import 'fake-indexeddb/auto'
import { describe, expect, it } from 'vitest'
import { exchangeAnswers } from '../../../../src/app/answers.ts'
import { recall, remember } from '../../../../src/app/memory.ts'
import { useAgency } from '../../../../src/app/stores/agency.ts'
import { useOutbox } from '../../../../src/app/stores/outbox.ts'
import { useSession } from '../../../../src/app/stores/session.ts'
import { advance } from '../../../../src/core/advance.ts'
import type { Ports } from '../../../../src/core/ports.ts'
import { openInbox, type OpenInbox } from '../../../../src/platform/inbox.ts'
import { ALERT_ID, person } from '../../../fakes/agency.ts'
import { fakePorts } from '../../../fakes/ports.ts'
import { alertEvent, NOW, sampleAlert, sampleDeployment, sampleRecords, sessionOf } from '../../../fakes/sample.ts'
import { appWith, settled } from '../../../support/mount.ts'

let count = 0
async function open() {
  const [page, worker] = [0, 1].map(() => openInbox(() => NOW, `exchange-${count}`)) as [OpenInbox, OpenInbox]
  count += 1
  const known = { now: NOW, deployment: sampleDeployment(), session: sessionOf('anna') }
  const records = sampleRecords([alertEvent(sampleAlert())])
  const ports: Ports = { ...(await fakePorts({ ...known, records })), inbox: page }
  return { ports, worker }
}
const tap = (worker: OpenInbox, key: string, at = NOW) =>
  worker.giveAnswer({ person: person('anna'), alert: ALERT_ID, key, since: 0, at })
const given = async ({ outbox }: Ports) =>
  (await outbox.all()).map(({ payload, delivery }) => [
    payload.kind === 'response' && payload.response.key,
    delivery.state,
  ])

async function stores(ports: Ports) {
  const { inside } = appWith(ports)
  const [session, outbox, agency] = inside(() => [useSession(), useOutbox(), useAgency()] as const)
  await Promise.all([session.start(), outbox.start()])
  await settled()
  return { session, outbox, agency, mine: () => agency.alert(ALERT_ID)?.mine }
}

describe('NOTICE-5 an answer from a notification', () => {
  it('is in the outbox like any other, and the app shows it as given', async () => {
    const { ports, worker } = await open()
    const answer = await tap(worker, 'safe')
    const { agency, mine } = await stores(ports)
    expect(await given(ports)).toEqual([['safe', 'saved']])
    expect((await ports.outbox.all())[0]).toMatchObject({ client_id: answer.response.id, person: 'anna', created: NOW })
    expect(mine()).toMatchObject({ option: { key: 'safe' }, at: NOW, delivery: { state: 'saved' } })
    expect(agency.alert(ALERT_ID)?.waits).toBe(false)
  })

  it('is registered where a relay has said so to the worker, before the window opened or later', async () => {
    const { ports, worker } = await open()
    const { response } = await tap(worker, 'safe')
    const { mine } = await stores(ports)
    expect(mine()?.delivery?.state).toBe('saved')
    await worker.noteAnswer(response, { registered: { site: 'b', at: NOW + 7 } })
    worker.tell()
    await expect.poll(() => mine()?.delivery).toMatchObject({ state: 'taken', site: 'b', at: NOW + 7 })
  })

  it('is taken in once, also by two windows, and not again once the outbox has forgotten it', async () => {
    const { ports, worker } = await open()
    const { response } = await tap(worker, 'safe')
    await Promise.allSettled([exchangeAnswers(ports), exchangeAnswers(ports)])
    await exchangeAnswers(ports)
    expect(await given(ports)).toEqual([['safe', 'saved']])
    expect(await recall(ports.settings, 'responses')).toEqual({
      [ALERT_ID]: { id: response.id, key: 'safe', at: NOW },
    })
    await ports.outbox.change([response.id], () => null)
    await exchangeAnswers(ports)
    expect(await given(ports)).toEqual([])
  })

  it('that is older than one given in the app does not take its place', async () => {
    const { ports, worker } = await open()
    await tap(worker, 'safe', NOW - 5)
    await remember(ports.settings, 'responses', { [ALERT_ID]: { id: 'later', key: 'help', at: NOW } })
    await exchangeAnswers(ports)
    expect(await given(ports)).toEqual([])
    expect((await recall(ports.settings, 'responses'))?.[ALERT_ID]?.key).toBe('help')
  })

  it('DEVICE-4 of somebody whose session was lost waits for them, and is nobody else’s', async () => {
    const { ports, worker } = await open()
    await tap(worker, 'safe')
    await remember(ports.settings, 'session', sessionOf('dora'))
    await exchangeAnswers(ports)
    expect(await ports.outbox.all()).toMatchObject([{ person: 'anna', delivery: { state: 'saved' } }])
    expect(await recall(ports.settings, 'responses')).toBeNull()
  })
})

describe('NOTICE-4 of an answer in the app', () => {
  it('the worker learns, and what became of it; what is thrown away it no longer sends', async () => {
    const { ports, worker } = await open()
    const { outbox } = await stores(ports)
    await outbox.respond(ALERT_ID, 'safe', 'Raum 3')
    const [item] = await ports.outbox.all()
    const response = { id: item!.client_id, alert: ALERT_ID, key: 'safe', at: NOW, note: 'Raum 3' }
    expect(await worker.answers()).toEqual([{ person: 'anna', response }])
    await ports.outbox.change([item!.client_id], (one) => advance(one, { type: 'taken', site: 'a' }, NOW + 1, 0))
    await expect
      .poll(() => worker.answers())
      .toEqual([{ person: 'anna', response, registered: { site: 'a', at: NOW + 1 } }])

    await outbox.respond(ALERT_ID, 'help')
    const later = (await ports.outbox.all())[1]!.client_id
    const refused = { fate: 'refuse', reason: 'forbidden' } as const
    await ports.outbox.change([later], (one) => advance(one, { type: 'failed', failure: refused }, NOW, 0))
    await outbox.discard(later)
    expect(await worker.answers()).toEqual([])
  })

  it('a broken inbox keeps nobody from answering', async () => {
    const { ports } = await open()
    const broken = () => Promise.reject(new Error('disk'))
    const { outbox } = await stores({ ...ports, inbox: { ...ports.inbox, answers: broken, putAnswer: broken } })
    await outbox.respond(ALERT_ID, 'safe')
    expect(await given(ports)).toEqual([['safe', 'saved']])
  })
})
