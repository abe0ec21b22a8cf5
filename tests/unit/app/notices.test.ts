// @vitest-environment happy-dom
import { expect, it, vi } from 'vitest'
import { remember } from '../../../src/app/memory.ts'
import { keepNotices } from '../../../src/app/notices.ts'
import { startStores } from '../../../src/app/start.ts'
import { useOutbox } from '../../../src/app/stores/outbox.ts'
import { useSession } from '../../../src/app/stores/session.ts'
import type { AlertStands } from '../../../src/core/notice.ts'
import type { RoomEvent } from '../../../src/core/event.ts'
import type { RoomId } from '../../../src/core/ids.ts'
import { ALERT_ID } from '../../fakes/agency.ts'
import { fakePorts } from '../../fakes/ports.ts'
import {
  alertEvent,
  event,
  NOW,
  sampleAlert,
  sampleDeployment,
  sampleRecords,
  sessionOf,
  TEAM,
} from '../../fakes/sample.ts'
import { appWith, settled } from '../../support/mount.ts'

type Told = [alerts: AlertStands[], looked: boolean]

async function open(alerts: RoomEvent[], talk: RoomEvent[] = []) {
  const known = { now: NOW, deployment: sampleDeployment(), session: sessionOf('anna') }
  const ports = await fakePorts({ ...known, records: sampleRecords(alerts, talk) })
  const [told, badges, counts]: [Told[], number[], unknown[]] = [[], [], []]
  const closed: RoomId[] = []
  ports.device.settleNotices = async (...what) => void told.push(what as Told)
  ports.device.closeNotices = async (rooms) => void closed.push(...rooms)
  ports.device.setBadge = (count) => void badges.push(count)
  ports.inbox.putCount = async (count) => void counts.push(count)
  const { app, inside } = appWith(ports)
  startStores(app)
  keepNotices(app, ports)
  await settled()
  const [outbox, session] = inside(() => [useOutbox(), useSession()] as const)
  return { ports, told, badges, counts, closed, outbox, session }
}

it('NOTICE-6 what is shown is looked at when something changes, and when somebody looks', async () => {
  const { told, outbox } = await open([alertEvent(sampleAlert())])
  expect(told).toEqual([[[{ id: ALERT_ID, over: false, mine: null }], true]])
  await outbox.respond(ALERT_ID, 'safe')
  await settled()
  const answered = { id: ALERT_ID, over: false, mine: { response: { alert: ALERT_ID, key: 'safe', at: NOW } } }
  expect(told.slice(1)).toEqual([[[answered], false]])
  document.dispatchEvent(new Event('visibilitychange'))
  expect(told.slice(2)).toEqual([[[answered], true]])
})

it('NOTICE-6 what only says the same again is no change', async () => {
  const { told, ports } = await open([alertEvent(sampleAlert())])
  await ports.projection.markRead(TEAM!, NOW)
  await settled()
  expect(told).toHaveLength(1)
})

it('NOTICE-9 the notification of messages goes when their room was read, and not before', async () => {
  const words = event(TEAM!, '@ben:b.example', 'm.room.message', { msgtype: 'm.text', body: 'Eins' })
  const { closed, ports, outbox } = await open([alertEvent(sampleAlert())], [words])
  await outbox.respond(ALERT_ID, 'safe')
  await settled()
  expect(closed).toEqual([])
  await ports.projection.markRead(TEAM!, NOW)
  await settled()
  expect(closed).toEqual([TEAM])
})

it('NOTICE-7 alerts that wait and rooms with unread messages are counted, and the worker is told', async () => {
  const words = (body: string) => event(TEAM!, '@ben:b.example', 'm.room.message', { msgtype: 'm.text', body })
  const { ports, badges, counts, outbox, session } = await open(
    [alertEvent(sampleAlert())],
    [words('Eins'), words('Zwei')],
  )
  expect([badges, counts]).toEqual([[2], [{ alerts: [ALERT_ID], rooms: [TEAM] }]])
  await outbox.respond(ALERT_ID, 'safe')
  await settled()
  expect([badges.at(-1), counts.at(-1)]).toEqual([1, { alerts: [], rooms: [TEAM] }])
  await remember(ports.settings, 'muted', [TEAM!])
  await settled()
  expect(counts.at(-1)).toEqual({ alerts: [], rooms: [] })
  await remember(ports.settings, 'muted', [])
  await settled()
  await session.signOut()
  await vi.waitFor(() => expect(badges.at(-1)).toBe(0))
})
