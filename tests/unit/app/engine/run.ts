/** A running engine with two homeservers in hand. */
import { afterEach } from 'vitest'
import { startEngine } from '../../../../src/app/engine/engine.ts'
import { keepSnapshot } from '../../../../src/app/engine/snapshot.ts'
import type { Account, Connection, Matrix, Ports, SyncState } from '../../../../src/core/ports.ts'
import type { RoomEvent } from '../../../../src/core/event.ts'
import type { RoomId } from '../../../../src/core/ids.ts'
import { ALL } from '../../../fakes/agency.ts'
import { fakePorts, type FakeWorld } from '../../../fakes/ports.ts'
import { HANDBOOK, NOW, sampleDeployment, sampleRecords, sessionOf, TEAM } from '../../../fakes/sample.ts'
import { settled } from '../../../support/mount.ts'

export const ROOMS: RoomId[] = ['!space', ALL, TEAM!, HANDBOOK!]
export const TEXT = '# Räumung\n'

/** Two homeservers: which answer, who is connected, what arrived where. */
export function homeservers() {
  const world = {
    up: { a: true, b: true } as Record<string, boolean>,
    /** Sites that no longer know the session. */
    ended: new Set<string>(),
    /** Sites that have locked the account. */
    locked: new Set<string>(),
    /** What they say of this person in each room. */
    member: 'join',
    /** Where an account that does not sync has asked for its rooms. */
    standby: [] as string[],
    connected: [] as string[],
    stopped: [] as string[],
    sent: [] as { site: string; room: string; body: unknown }[],
    /** What they were told of read positions, in that order, taken or not. */
    read: [] as { site: string; room: RoomId; at: number }[],
    tokens: 0,
    /** They take what is sent and do not say so. */
    mute: false,
    parts: TEXT,
    state: {} as Record<string, (state: SyncState) => void>,
    said: {} as Record<string, (events: readonly RoomEvent[]) => void>,
    /** Events that a site, asked for them, does not have. */
    lost: [] as string[],
    /** The site was restored from a copy, as its positions say. */
    restored: {} as Record<string, () => void>,
    /** There may be other rooms than before. */
    rooms: {} as Record<string, () => void>,
  }
  const siteOf = (homeserver: string) => (homeserver.includes('.a.') ? 'a' : 'b')
  const matrix: Partial<Matrix> = {
    answers: (homeserver) => Promise.resolve(world.up[siteOf(homeserver)]!),
    whoami: ({ site }) =>
      Promise.resolve(world.up[site] ? (world.locked.has(site) ? 'locked' : !world.ended.has(site)) : null),
    openId: (account) =>
      Promise.resolve(
        world.up[account.site] ? { access_token: `t${++world.tokens}`, matrix_server_name: account.site } : null,
      ),
    joinAgencyRooms: (account) => Promise.resolve(world.up[account.site] ? ROOMS : null),
    joinOffered: (account) =>
      Promise.resolve(world.up[account.site] ? (world.standby.push(account.site), ROOMS) : null),
    members: () => Promise.resolve([]),
    stateEvent: (_account, _room, type) =>
      Promise.resolve(
        type === 'm.room.member' ? { membership: world.member } : { v: 1, version: 3, markdown: world.parts },
      ),
    connect(account: Account, _rooms, on) {
      world.connected.push(account.site)
      world.state[account.site] = on.state
      world.said[account.site] = on.said
      world.rooms[account.site] = on.rooms
      world.restored[account.site] = on.restored
      on.state(world.up[account.site] ? 'live' : 'failing')
      const connection: Connection = {
        account,
        site: account.site,
        stop: () => void world.stopped.push(account.site),
        has: (_room, event_id) => Promise.resolve(!world.lost.includes(`${account.site} ${event_id}`)),
        find: () => Promise.resolve('absent'),
        tellRead(room, at) {
          world.read.push({ site: account.site, room, at })
          return Promise.resolve(world.up[account.site] ? null : { fate: 'wait', reason: 'network' })
        },
        send(room, _type, content) {
          if (!world.up[account.site]) return Promise.resolve({ failure: { fate: 'wait', reason: 'network' } })
          if (world.locked.has(account.site))
            return Promise.resolve({ failure: { fate: 'wait', reason: 'signed_out' } })
          world.sent.push({ site: account.site, room, body: content['body'] })
          if (world.mute) return Promise.resolve({ failure: { fate: 'wait', reason: 'network' } })
          return Promise.resolve({ event_id: `$sent${world.sent.length}` })
        },
      }
      return Promise.resolve(connection)
    },
  }
  return { world, matrix }
}

/** What is to be stopped after the test. */
export const ends: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0)) await end()
})

export async function run(more: FakeWorld = {}) {
  const { world, matrix } = homeservers()
  const ports = await fakePorts({
    now: NOW,
    deployment: sampleDeployment(),
    session: sessionOf('anna'),
    records: sampleRecords(),
    ...more,
    matrix: { ...matrix, ...more.matrix },
  })
  const troubles: unknown[] = []
  let handovers = 0
  const snapshots = keepSnapshot(ports.projection, (error) => troubles.push(error))
  await settled()
  ends.push(
    startEngine(
      ports,
      snapshots,
      (error) => troubles.push(error),
      () => (handovers += 1),
    ),
  )
  await settled()
  const pass = async (ms: number) => {
    for (let left = ms; left > 0; left -= 1000) {
      ports.clock.set(ports.clock.now() + Math.min(1000, left))
      await settled()
    }
  }
  return { world, ports, pass, troubles, handovers: () => handovers }
}

export async function write(ports: Ports, room: RoomId, body: string): Promise<void> {
  const { person } = sessionOf('anna')
  const content = { msgtype: 'm.text', body }
  const payload = { kind: 'event', room, type: 'm.room.message', content } as const
  await ports.outbox.add([{ client_id: ports.clock.uuid(), person, created: NOW, payload }])
  await settled()
}
