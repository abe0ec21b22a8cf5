/** The whole app with its real stores on storage in memory, at 13:36 UTC of a fixed day. */
import { mount } from '@vue/test-utils'
import { createPinia } from 'pinia'
import { vi } from 'vitest'
import { defineComponent, h } from 'vue'
import { createMemoryHistory, createRouter } from 'vue-router'
import App from '../../../../src/app/App.vue'
import { createWords } from '../../../../src/app/i18n.ts'
import { recall, remember, type Status } from '../../../../src/app/memory.ts'
import { PORTS } from '../../../../src/app/ports.ts'
// Loaded when it is first shown: here it is there at once, so that nothing has to be waited for.
import '../../../../src/app/screens/sign-in/WelcomeScreen.vue'
import { routes } from '../../../../src/app/router.ts'
import { useConnection } from '../../../../src/app/stores/connection.ts'
import { useOutbox } from '../../../../src/app/stores/outbox.ts'
import { useReadiness } from '../../../../src/app/stores/readiness.ts'
import { useSession } from '../../../../src/app/stores/session.ts'
import { TYPE, type RoomEvent } from '../../../../src/core/event.ts'
import type { SyncBatch } from '../../../../src/core/ports.ts'
import { ALL, bot } from '../../../fakes/agency.ts'
import { fakePorts, type FakeWorld } from '../../../fakes/ports.ts'
import { event, NOW, sampleDeployment, sampleRecords, sessionOf } from '../../../fakes/sample.ts'
import { settled } from '../../../support/mount.ts'

interface Things extends FakeWorld {
  alerts?: RoomEvent[]
  path?: string
  welcome?: boolean
  status?: Partial<Status>
  /** When the last sync was; null: none ever. */
  syncedAt?: number | null
  /** Reading the read model does not come to an end. */
  hangs?: boolean
}

/** A relay declares at 13:32 that the workplace has moved from a to b. */
export const moved: RoomEvent = event(
  ALL,
  bot('b'),
  TYPE.activeSite,
  { v: 1, site: 'b', from: 'a', since: NOW - 240_000, by: 'monitor', incident: '00000000-0000-4000-8000-000000000009' },
  { key: '', at: NOW - 240_000 },
)
/** A sync that brings nothing. */
export const batch: SyncBatch = {
  account: '@anna:a.example',
  next_batch: 's1',
  initial: false,
  rooms: [],
  left: [],
}
export const atSite = (site: string): Partial<Status> => ({ site, since: NOW - 240_000 })

export async function openApp({
  alerts = [],
  path = '/',
  welcome = false,
  status = {},
  syncedAt = NOW - 12_000,
  hangs = false,
  ...world
}: Things = {}) {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW })
  const ports = await fakePorts({
    now: NOW,
    deployment: sampleDeployment(),
    session: sessionOf('anna'),
    records: sampleRecords(alerts),
    ...world,
  })
  if (hangs) ports.projection.load = () => new Promise(() => {})
  if (syncedAt !== null) await ports.projection.apply(batch, syncedAt)
  const answers = Object.fromEntries(['a', 'b'].map((site) => [site, { up: true, since: NOW - 60_000 }]))
  await remember(ports.settings, 'status', {
    ...atSite('a'),
    sync: 'live',
    answers,
    exchanged_at: NOW,
    ...status,
  } as Status)
  await remember(ports.settings, 'seen_switch', NOW - 3600_000)
  await remember(ports.settings, 'welcome', welcome)

  // The engine does not run here; when the session is gone it would leave no status.
  const endEngine = async () =>
    (await recall(ports.settings, 'session')) ?? (await remember(ports.settings, 'status', null))
  ports.settings.onChange((key) => void (key === 'session' && endEngine()))

  const router = createRouter({ history: createMemoryHistory(), routes })
  await router.push(path)
  const starts: (() => Promise<unknown>)[] = []
  const Root = defineComponent({
    setup() {
      for (const store of [useSession(), useOutbox(), useConnection(), useReadiness()]) starts.push(() => store.start())
      return () => h(App)
    },
  })
  const plugins = [createPinia(), router, createWords('de')]
  const screen = mount(Root, { attachTo: document.body, global: { plugins, provide: { [PORTS as symbol]: ports } } })
  await settled()
  const before = screen.html()
  await Promise.all(starts.map((start) => start()))
  await settled()

  const find = (label: string) =>
    screen.findAll('button, a').find((b) => b.text().includes(label) || b.attributes('aria-label') === label)
  return {
    screen,
    ports,
    router,
    /** What stood there before the device's own storage was read. */
    before,
    find,
    async tap(label: string) {
      const target = find(label)
      if (!target) throw new Error(`nothing to tap named "${label}"`)
      await target.trigger('click')
      await settled()
    },
    /** Something comes from the homeserver. */
    async receive(...events: RoomEvent[]) {
      for (const e of events)
        await ports.projection.add(e.room_id, e.state_key === undefined ? { timeline: [e] } : { state: [e] })
      await settled()
    },
    spoken: (role: 'alert' | 'status') => screen.findAll(`[role=${role}]`).map((e) => e.text()),
    close() {
      screen.unmount()
      vi.useRealTimers()
    },
  }
}
