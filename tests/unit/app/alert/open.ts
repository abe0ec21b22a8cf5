/** Lage with the real stores on storage in memory, at 13:36 UTC of a fixed day. */
import { mount } from '@vue/test-utils'
import { createPinia } from 'pinia'
import { vi } from 'vitest'
import { defineComponent, h } from 'vue'
import { createMemoryHistory, createRouter, RouterView } from 'vue-router'
import { createWords } from '../../../../src/app/i18n.ts'
import { PORTS } from '../../../../src/app/ports.ts'
import { routes } from '../../../../src/app/router.ts'
import { useConnection } from '../../../../src/app/stores/connection.ts'
import { useOutbox } from '../../../../src/app/stores/outbox.ts'
import { useSession } from '../../../../src/app/stores/session.ts'
import { advance } from '../../../../src/core/advance.ts'
import type { OutboxEvent } from '../../../../src/core/outbox.ts'
import type { Language } from '../../../../src/core/alert.ts'
import type { RoomEvent } from '../../../../src/core/event.ts'
import type { RoomRecord } from '../../../../src/core/room.ts'
import { fakePorts, type FakeWorld } from '../../../fakes/ports.ts'
import { NOW, sampleDeployment, sampleRecords, sessionOf } from '../../../fakes/sample.ts'
import { settled } from '../../../support/mount.ts'

interface Things extends FakeWorld {
  alerts?: RoomEvent[]
  path?: string
  /** Two panes side by side. */
  wide?: boolean
  language?: Language
  /** Sites answer, or do not. */
  up?: boolean
  /** A relay does, where they do not. */
  relayed?: boolean
  records?: RoomRecord[]
}

export async function openLage({
  alerts = [],
  path = '/',
  wide = false,
  language = 'de',
  up = true,
  relayed = false,
  ...world
}: Things = {}) {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW })
  Object.assign(window, { innerWidth: wide ? 1280 : 390 })
  const ports = await fakePorts({
    now: NOW,
    deployment: sampleDeployment(),
    session: sessionOf('anna'),
    records: sampleRecords(alerts),
    ...world,
  })
  const answers = Object.fromEntries(['a', 'b'].map((site) => [site, { up, since: NOW - 60_000 }]))
  await ports.settings.set('status', { site: 'a', since: NOW, sync: 'live', answers, relayed, exchanged_at: NOW })
  await ports.settings.set('language', language)

  const router = createRouter({ history: createMemoryHistory(), routes })
  await router.push(path)
  const started: Promise<unknown>[] = []
  const Root = defineComponent({
    setup() {
      started.push(useSession().start(), useOutbox().start(), useConnection().start())
      return () => h(RouterView)
    },
  })
  const plugins = [createPinia(), router, createWords(language)]
  const screen = mount(Root, { attachTo: document.body, global: { plugins, provide: { [PORTS as symbol]: ports } } })
  await Promise.all(started)
  await settled()

  const buttons = () => screen.findAll('button')
  return {
    screen,
    ports,
    router,
    spoken: () => screen.get('.screen > [role=status]').text(),
    button: (label: string) => buttons().find((b) => b.text().includes(label) || b.attributes('aria-label') === label),
    async tap(label: string) {
      const button = buttons().find((b) => b.text().includes(label) || b.attributes('aria-label') === label)
      if (!button) throw new Error(`no button "${label}"`)
      await button.trigger('click')
      await settled()
    },
    /** What happens to my last answer. */
    async deliver(...events: OutboxEvent[]) {
      const item = (await ports.outbox.all()).at(-1)!
      await ports.outbox.change([item.client_id], (it) => events.reduce((i, event) => advance(i, event, NOW, 0), it))
      await settled()
    },
    close() {
      screen.unmount()
      vi.useRealTimers()
    },
  }
}
