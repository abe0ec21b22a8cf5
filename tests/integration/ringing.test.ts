/** Ringing until people answer: shipped relays beside real homeservers, push service and gateway as stand-ins. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { alertMessage } from '../../src/core/alert.ts'
import { TYPE } from '../../src/core/event.ts'
import type { RoomId } from '../../src/core/ids.ts'
import { responseGate } from '../../src/platform/response-gate.ts'
import { relays } from '../../src/platform/relays.ts'
import type { Homeserver } from '../../src/server/homeserver.ts'
import { topicOf } from '../../src/server/push/topic.ts'
import { alertContent } from '../fakes/agency.ts'
import { device, rest, signIn } from '../support/matrix-device.ts'
import { startPair, type Pair } from '../support/pair.ts'
import { startPushService, type PushService } from '../support/push-service.ts'
import { ringingPhone } from '../support/ringing-phone.ts'
import { logIn } from '../support/rest.ts'
import { startGateway, type Gateway } from '../support/sms-gateway.ts'
import { waitFor } from '../support/wait.ts'

/** The shortest that relays take, ms: rings at once and after a minute, then tells the gateway. */
const SCHEDULE = { every: 60_000, for: 61_000, webhook: true }
/** A relay waits so long for one before it, ms. */
const PATIENCE = 15_000
/** A round is a minute away, ms. */
const ROUND = 120_000

let keys: string
let push: PushService
let gateway: Gateway
let pair: Pair
beforeAll(async () => {
  keys = await mkdtemp(join(tmpdir(), 'notanker-hook-'))
  const secret_file = join(keys, 'webhook.secret')
  await writeFile(secret_file, '05'.repeat(32))
  ;[push, gateway] = await Promise.all([startPushService(), startGateway()])
  pair = await startPair({
    relays: true,
    push: {
      push_hosts: [push.host],
      repeat: { Severe: SCHEDULE },
      webhook: { url: gateway.url, secret_file },
    },
    extraEnv: { NODE_EXTRA_CA_CERTS: push.caFile },
    failover: { mode: 'confirm', confirm_within_s: 3600, then: 'nothing' },
  })
})
afterAll(async () => {
  await pair?.stop()
  await push?.close()
  gateway?.close()
  await rm(keys, { recursive: true, force: true })
})

/** A phone of a person that is registered at both relays. */
async function register(person: string, muted: RoomId[] = []) {
  const phone = await ringingPhone(pair, push, person, { muted })
  for (const { site } of phone.sites) expect(await phone.register(site)).toBe('registered')
  return {
    ...phone,
    answer: (alert: string, key: string) =>
      responseGate(() => phone.sites, {
        bearer: () => Promise.resolve(phone.bearer),
        reason: () => Promise.resolve('network'),
      }).register([{ id: crypto.randomUUID(), alert, key, at: Date.now() }]),
  }
}

it('PUSH-26, PUSH-28: a message rings for the others in its room, after a switch by the relay of the new site, and not where the room is muted', async () => {
  const room = pair.room('Pforte und Haustechnik')
  const [reader, writer] = [await register('k.wolter'), await register('s.baumann')]
  const quiet = await register('t.schulte', [room])
  const rung = ({ rings }: typeof reader) => rings().filter(({ headers }) => headers['topic'] === topicOf(room)).length
  const say = (account: Homeserver, text: string) =>
    account.send(room, 'm.room.message', { msgtype: 'm.text', body: text }, crypto.randomUUID())

  await say(rest(writer.account), 'Das Tor ist zu.')
  await waitFor('the reader’s phone', () => rung(reader))

  const manager = await logIn(pair.site('a'), 'j.lindhorst', pair.password('j.lindhorst'))
  const now = { v: 1, site: 'b', since: Date.now(), closed: [], by: 'manager', status: 'Actual' }
  for (const title of ['Alle Beschäftigten', 'Dienstgebäude Ruhrstraße'])
    await manager.setState(pair.room(title), TYPE.activeSite, '', now)
  const uses = (site: string) => async () => {
    const all = await Promise.all((['a', 'b'] as const).map((id) => relays.status(pair.site(id).relay, 5_000)))
    return all.every((said) => said?.active_site === site)
  }
  await waitFor('both relays to know', uses('b'))
  await pair.running.kill('a')
  await say(await logIn(pair.site('b'), 's.baumann', pair.password('s.baumann')), 'Wir sind jetzt bei B.')
  await waitFor('the reader’s phone', () => rung(reader) === 2)
  // Whoever is rung is rung at once: all would have been by now.
  expect([rung(writer), rung(quiet)]).toEqual([0, 0])

  await pair.running.start('a')
  const back = { ...now, site: 'a', since: Date.now() }
  for (const title of ['Alle Beschäftigten', 'Dienstgebäude Ruhrstraße'])
    await manager.setState(pair.room(title), TYPE.activeSite, '', back)
  await waitFor('both relays to know', uses('a'))
  expect(rung(reader), 'of the same message by the relay that was away').toBe(2)
})

it(
  'PUSH-21, PUSH-22, PUSH-23: who does not answer is rung again, by one relay, also when the other has died; then the gateway is told',
  async () => {
    const [silent, quick] = [await register('d.aydemir'), await register('p.yildiz')]
    const status = (site: 'a' | 'b') => relays.status(pair.site(site).relay, 5_000)
    const manager = rest(await signIn(pair, device(), 'j.lindhorst'))
    const room = pair.room('Alle Beschäftigten')
    const content = alertContent(Date.now(), { id: crypto.randomUUID(), audience: { label: 'Alle', rooms: [room] } })
    await manager.send(room, 'm.room.message', alertMessage(content, content.id), content.id)

    /** Of this alert: what was open before has rung when the phones registered (PUSH-30). */
    const rung = ({ rings }: typeof silent) => rings().filter(({ headers }) => headers['topic'] === topicOf(content.id))
    /** The rounds in which a phone was rung: in doubt two relays ring in one (PUSH-1). */
    const rounds = (phone: typeof silent) => [
      ...new Set(rung(phone).map(({ at }) => Math.floor((at - content.effective) / SCHEDULE.every))),
    ]
    await waitFor('both phones to ring', () => rung(silent).length && rung(quick).length)
    expect(await quick.answer(content.id, 'ok')).toMatchObject([{ site: 'a' }])
    // The next round would be its: the alert is from its site.
    await pair.running.kill('a', 'relay')

    await waitFor('the second round', () => rounds(silent).includes(1), ROUND)
    const told = await waitFor('the gateway to be told', () => gateway.calls[0], ROUND)
    const body = JSON.parse(told.body) as { relay: string; unanswered: { person: string; devices: number }[] }
    expect(body.relay).toBe('b')
    const devices = new Map(body.unanswered.map(({ person, devices }) => [person, devices]))
    expect(devices.get('d.aydemir')).toBe(1)
    expect(devices.get('m.brandt'), 'who has no phone here').toBe(0)
    expect([devices.has('p.yildiz'), devices.has('j.lindhorst')], 'who has answered, and who has sent it').toEqual([
      false,
      false,
    ])

    expect([rounds(silent), rounds(quick)]).toEqual([[0, 1], [0]])

    // A relay that comes back finds it done, also after the time for which it would wait for others.
    const before = push.posts.length
    await pair.running.start('a')
    await waitFor('the relay that was away', async () => {
      const said = await status('a')
      return said?.active_site && said.verdict['b'] === 'up'
    })
    await pause(PATIENCE + 5_000)
    expect((await status('b'))?.sent).toContain(`${content.id}#webhook`)
    expect([push.posts.length, gateway.calls.length]).toEqual([before, 1])
  },
  6 * ROUND,
)
