/** The alarm of last resort: both homeservers are dead, the relays beside them live, and a manager has something to say. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { AlertContent } from '../../src/core/alert.ts'
import { alertMessage } from '../../src/core/alert.ts'
import { startDrain } from '../../src/core/drain.ts'
import type { ClientId, PersonId } from '../../src/core/ids.ts'
import { openClock } from '../../src/platform/clock.ts'
import { relays } from '../../src/platform/relays.ts'
import { responseGate } from '../../src/platform/response-gate.ts'
import { topicOf } from '../../src/server/push/topic.ts'
import { alertContent } from '../fakes/agency.ts'
import { memoryOutbox } from '../fakes/memory-outbox.ts'
import { connect, device, signIn } from '../support/matrix-device.ts'
import { startPair, type Pair } from '../support/pair.ts'
import { startPushService, type PushService } from '../support/push-service.ts'
import { messagesOf } from '../support/rest.ts'
import { ringingPhone, type RingingPhone } from '../support/ringing-phone.ts'
import { waitFor } from '../support/wait.ts'

const [MANAGER, STAFF] = ['j.lindhorst', 'k.wolter']
const clock = openClock()

let push: PushService
let pair: Pair
beforeAll(async () => {
  push = await startPushService()
  pair = await startPair({
    relays: true,
    push: { push_hosts: [push.host] },
    extraEnv: { NODE_EXTRA_CA_CERTS: push.caFile },
    failover: { mode: 'confirm', confirm_within_s: 3600, then: 'nothing' },
  })
})
afterAll(async () => {
  await pair?.stop()
  await push?.close()
})

async function register(person: string): Promise<RingingPhone> {
  const phone = await ringingPhone(pair, push, person)
  for (const { site } of phone.sites) expect(await phone.register(site)).toBe('registered')
  return phone
}

/** The outbox of the manager's phone, with the account at B. */
async function outboxAtB() {
  const phone = device()
  const account = await signIn(pair, phone, MANAGER, 'b')
  const connection = await connect(phone, account, pair.roomsOf(MANAGER))
  const store = memoryOutbox()
  const drain = startDrain({
    store,
    events: () => ({ ...connection, find: (...what) => connection.find([account.user], ...what) }),
    responses: { register: () => Promise.resolve([]) },
    now: Date.now,
    random: Math.random,
    at: clock.at,
    changed: () => {},
    trouble: (error) => expect.fail(String(error)),
  })
  const state = async () => (await store.all()).map((item) => item.delivery.state).join()
  return {
    state,
    wake: drain.wake,
    async send(content: AlertContent) {
      const drafts = content.audience.rooms.map((room) => {
        const client_id: ClientId = crypto.randomUUID()
        const payload = {
          kind: 'event',
          room,
          type: 'm.room.message',
          content: alertMessage(content, client_id),
        } as const
        return { client_id, person: MANAGER as PersonId, created: Date.now(), payload }
      })
      await store.add(drafts)
      drain.poke()
    },
  }
}

it(
  'LAST-1 to LAST-5: with every homeserver dead a manager’s alert rings once, by a relay that has just started; later it stands in the rooms, and rings nobody again',
  async () => {
    const [staff, manager] = [await register(STAFF), await register(MANAGER)]
    const outbox = await outboxAtB()
    const rooms = [pair.room('Alle Beschäftigten'), pair.room('Dienstgebäude Ruhrstraße')]
    const alertTo = (...to: typeof rooms) =>
      alertContent(Date.now(), { id: crypto.randomUUID(), audience: { label: 'Alle', rooms: to } })
    const status = (site: 'a' | 'b') => relays.status(pair.site(site).relay, 5_000)
    const alarm = (site: 'a' | 'b', by: RingingPhone, content: AlertContent) =>
      relays.alarm(pair.site(site).relay, by.bearer, content)
    const rung = (by: RingingPhone, { id }: AlertContent) =>
      by.rings().filter(({ headers }) => headers['topic'] === topicOf(id)).length

    const content = alertTo(...rooms)
    for (const site of ['a', 'b'] as const)
      await waitFor(`the bot of ${site}`, async () => (await status(site))?.active_site)
    await waitFor('the monitor of A', async () => (await status('a'))?.sites['b']?.up)
    expect(await alarm('a', manager, content), 'while a homeserver lives').toEqual({ failure: 'answers' })

    await Promise.all([pair.running.kill('a', 'homeserver'), pair.running.kill('b', 'homeserver')])
    const isDead = (site: 'a' | 'b') =>
      waitFor(`the monitor of ${site}`, async () =>
        Object.values((await status(site))?.sites ?? {}).every(({ up }) => up === false),
      )
    // It knows the rooms only from its disk.
    await pair.running.kill('a', 'relay')
    await pair.running.start('a', 'relay')
    await Promise.all([isDead('a'), isDead('b')])
    await outbox.send(content)
    await waitFor('the outbox to wait', async () => (await outbox.state()) === 'waiting,waiting')

    expect(await alarm('a', staff, content), 'of somebody without the right').toEqual({ failure: 'forbidden' })
    const elsewhere = alertTo(pair.room('Krisenstab'))
    expect(await alarm('a', manager, elsewhere), 'to a room that is not for alerts').toEqual({ failure: 'forbidden' })
    const forged = { ...manager, bearer: `${manager.bearer.slice(0, -4)}AAAA` }
    expect(await alarm('a', forged, content)).toEqual({ failure: 'signed_out' })

    const taken = await alarm('a', manager, content)
    expect(taken).toEqual({ at: expect.any(Number) as number })
    await waitFor('the phones to ring', () => rung(staff, content) && rung(manager, content))
    const answer = () =>
      responseGate(() => staff.sites, {
        bearer: () => Promise.resolve(staff.bearer),
        reason: () => Promise.resolve('network'),
      }).register([{ id: crypto.randomUUID(), alert: content.id, key: 'ok', at: Date.now() }])
    expect(await answer(), 'no tally can take it').toMatchObject([{ failure: { fate: 'wait' } }])

    await pair.running.kill('a', 'relay')
    await pair.running.start('a', 'relay')
    await isDead('a')
    expect((await status('a'))?.sent).toContain(content.id)
    expect(await alarm('a', manager, content), 'once more, after a restart').toEqual(taken)

    await pair.running.start('b')
    outbox.wake()
    await waitFor('the rooms to have it', async () => (await outbox.state()) === 'taken,taken')
    // B knows it from the rooms alone.
    await waitFor('B to take the answer', async () => 'site' in (await answer())[0]!)
    await pair.running.start('a')
    const botA = await pair.bot('a')
    for (const room of rooms)
      await waitFor('A to have it', async () =>
        (await messagesOf(botA, room)).some((event) => JSON.stringify(event).includes(content.id)),
      )
    // What rings after it has come behind all that would have rung of it.
    const next = alertTo(...rooms)
    await outbox.send(next)
    await waitFor('the next alert', () => rung(staff, next) && rung(manager, next))
    expect([rung(staff, content), rung(manager, content)]).toEqual([1, 1])
  },
  5 * 60_000,
)
