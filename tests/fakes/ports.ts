/**
 * The app's doors without an outside: storage in memory, no network, a clock in hand. For tests of stores and screens;
 * the real doors have their own contract suites and are tried in real browsers.
 */
import type { AlertRevision } from '../../src/core/alert.ts'
import type { Deployment } from '../../src/core/deployment.ts'
import type { DevicePort, Inbox, Matrix, Ports, Relays, Session, StoragePort } from '../../src/core/ports.ts'
import type { RoomRecord } from '../../src/core/room.ts'
import { remember } from '../../src/app/memory.ts'
import { memoryOutbox } from './memory-outbox.ts'
import { memoryProjection } from './memory-projection.ts'
import { memorySettings } from './memory-settings.ts'

export interface FakeWorld {
  now?: number
  records?: Iterable<RoomRecord>
  deployment?: Deployment | null
  session?: Session | null
  pushed?: { revision: AlertRevision; received_at: number }[]
  matrix?: Partial<Matrix>
  /** Instead of `matrix`: what loading it does. */
  load?: Ports['matrix']
  relays?: Partial<Relays>
  device?: Partial<DevicePort>
  inbox?: Partial<Inbox>
  storage?: Partial<StoragePort>
  loadDeployment?: Ports['loadDeployment']
}

/** Every site is silent. */
const silentMatrix: Matrix = {
  signIn: () => Promise.resolve({ failure: 'unreachable' }),
  signOut: () => Promise.resolve(),
  answers: () => Promise.resolve(false),
  whoami: () => Promise.resolve(null),
  openId: () => Promise.resolve(null),
  joinAgencyRooms: () => Promise.resolve(null),
  joinOffered: () => Promise.resolve(null),
  members: () => Promise.resolve(null),
  stateEvent: () => Promise.resolve(null),
  connect: () => new Promise(() => {}),
}
const silentRelays: Relays = {
  status: () => Promise.resolve(null),
  session: () => Promise.resolve(null),
  registerDevice: () => Promise.resolve('failed'),
  removeDevice: () => Promise.resolve(false),
  test: () => Promise.resolve({ failure: 'offline' }),
  alarm: () => Promise.resolve({ failure: 'silent' }),
  reach: () => Promise.resolve(null),
  fleet: () => Promise.resolve(null),
}
const plainDevice: DevicePort = {
  platform: 'android',
  installed: () => false,
  install: () => Promise.resolve('unavailable'),
  onInstallable(run) {
    run(false)
    return () => {}
  },
  pushState: () => Promise.resolve('not_asked'),
  subscribe: () => Promise.resolve(null),
  subscription: () => Promise.resolve(null),
  unsubscribe: () => Promise.resolve(),
  persist: () => Promise.resolve(false),
  settleNotices: () => Promise.resolve(),
  closeNotices: () => Promise.resolve(),
  setBadge: () => {},
}

export const soundStorage: StoragePort = {
  state: () => ({ memory: false, full: false, broken: [], silent: [], emptied: 0, persisted: true }),
  onChange: () => () => {},
  rebuild: () => Promise.resolve(),
  measure: () => Promise.resolve(),
  unsent: { read: () => 0, write: () => {} },
  lost: { read: () => 0, write: () => {} },
}

/** `clock.set` moves the time and runs what falls due. Resolves when session and deployment file are remembered, as after a start of an app that was used before. */
export async function fakePorts(world: FakeWorld = {}): Promise<Ports & { clock: { set(now: number): void } }> {
  let now = world.now ?? Date.UTC(2026, 10, 24, 13, 36)
  let ids = 0
  const timers = new Set<{ at: number; run: () => void }>()
  const settings = memorySettings()
  const inbox: Inbox = {
    alerts: () => Promise.resolve(world.pushed ?? []),
    lastTest: () => Promise.resolve(null),
    takeDeepLink: () => Promise.resolve(null),
    answers: () => Promise.resolve([]),
    putAnswer: () => Promise.resolve(),
    noteAnswer: () => Promise.resolve(),
    dropAnswer: () => Promise.resolve(),
    putAccess: () => Promise.resolve(),
    putCount: () => Promise.resolve(),
    onChange: () => () => {},
    clear: () => Promise.resolve(),
    ...world.inbox,
  }
  if (world.deployment) await remember(settings, 'deployment', world.deployment)
  if (world.session) await remember(settings, 'session', world.session)
  await remember(settings, 'language', 'de')
  return {
    clock: {
      now: () => now,
      set(next) {
        now = next
        for (const timer of [...timers]) if (timer.at <= now && timers.delete(timer)) timer.run()
      },
      own: () => now,
      correct: () => {},
      onJump: () => () => {},
      random: () => 0.5,
      uuid: () => `00000000-0000-4000-8000-${String(++ids).padStart(12, '0')}`,
      at(at, run) {
        const timer = { at, run }
        timers.add(timer)
        return () => timers.delete(timer)
      },
    },
    sha256: async (bytes) => new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)),
    settings,
    storage: { ...soundStorage, ...world.storage },
    projection: memoryProjection(world.records),
    outbox: memoryOutbox(),
    matrix: world.load ?? (() => Promise.resolve({ ...silentMatrix, ...world.matrix })),
    relays: { ...silentRelays, ...world.relays },
    responseGate: () => ({
      register: (responses) =>
        Promise.resolve(responses.map(({ id }) => ({ id, failure: { fate: 'wait', reason: 'network' } as const }))),
    }),
    device: { ...plainDevice, ...world.device },
    inbox,
    lead: () => {},
    loadDeployment: world.loadDeployment ?? (() => Promise.resolve(null)),
    updates: { onWaiting: () => () => {}, apply: () => {} },
    version: 'test',
    origin: 'https://app.example',
    onWake: () => () => {},
  }
}
