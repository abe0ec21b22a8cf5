/** Führen with the real stores on storage in memory, at 13:36 UTC of a fixed day. */
import { mount } from '@vue/test-utils'
import { createPinia } from 'pinia'
import { vi } from 'vitest'
import { defineComponent, h } from 'vue'
import { createMemoryHistory, createRouter, RouterView } from 'vue-router'
import { createWords } from '../../../../src/app/i18n.ts'
import { remember } from '../../../../src/app/memory.ts'
import { PORTS } from '../../../../src/app/ports.ts'
import { routes } from '../../../../src/app/router.ts'
import { useConnection } from '../../../../src/app/stores/connection.ts'
import { useOutbox } from '../../../../src/app/stores/outbox.ts'
import { useSession } from '../../../../src/app/stores/session.ts'
import { alertSchema, type AlertContent, type Language } from '../../../../src/core/alert.ts'
import { TYPE } from '../../../../src/core/event.ts'
import { advance } from '../../../../src/core/advance.ts'
import type { OutboxEvent } from '../../../../src/core/outbox.ts'
import type { RoomId } from '../../../../src/core/ids.ts'
import { parseOrNull } from '../../../../src/core/parse.ts'
import { ALL } from '../../../fakes/agency.ts'
import { fakePorts, type FakeWorld } from '../../../fakes/ports.ts'
import { NOW, sampleDeployment, sampleRecords, sessionOf } from '../../../fakes/sample.ts'
import { settled } from '../../../support/mount.ts'
// Loaded before a test begins: the router loads them when they are first shown.
import '../../../../src/app/screens/lead/ComposeScreen.vue'
import '../../../../src/app/screens/lead/LeadScreen.vue'
import '../../../../src/app/screens/lead/TallyScreen.vue'

interface Things extends FakeWorld {
  path?: string
  person?: string
  language?: Language
  /** Rooms whose people are all known here. */
  counted?: RoomId[]
  /** The same device, opened again. */
  ports?: Awaited<ReturnType<typeof fakePorts>>
}

export async function openLead({
  path = '/lead',
  person = 'chief',
  language = 'de',
  counted = [ALL],
  ports: known,
  ...world
}: Things = {}) {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW })
  const fresh = { now: NOW, deployment: sampleDeployment(), session: sessionOf(person), records: sampleRecords() }
  const ports = known ?? (await fakePorts({ ...fresh, ...world }))
  await ports.settings.set('language', language)
  await remember(ports.settings, 'counted', counted)
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

  const field = (label: string) => {
    const found = screen.findAll('label').find((l) => l.text() === label)
    if (!found) throw new Error(`no field "${label}"`)
    return screen.get<HTMLTextAreaElement>(`#${found.attributes('for')}`)
  }
  let time = NOW
  return {
    screen,
    ports,
    router,
    field,
    text: () => screen.text(),
    /** A button, a link, or the label of a choice. */
    async tap(label: string) {
      const target = screen.findAll('button, a, label').find((e) => e.text().includes(label))
      if (!target) throw new Error(`nothing to tap named "${label}"`)
      const input = target.find('input')
      if (input.exists()) await input.setValue(!(input.element as HTMLInputElement).checked)
      else await target.trigger('click')
      await settled()
    },
    async write(label: string, text: string) {
      await field(label).setValue(text)
      await settled()
    },
    /** Holds the sending button for `ms`. */
    async hold(ms: number) {
      const button = screen.get('.hold button')
      await button.trigger('keydown', { key: 'Enter' })
      ports.clock.set((time += ms))
      if (screen.find('.hold button').exists()) await button.trigger('keyup', { key: 'Enter' })
      await settled()
    },
    async wait(ms: number) {
      ports.clock.set((time += ms))
      await settled()
    },
    /** The alerts that are in the outbox. */
    async sent(): Promise<AlertContent[]> {
      const items = await ports.outbox.all()
      return items.flatMap(({ payload }) =>
        payload.kind === 'event' ? (parseOrNull(alertSchema, payload.content[TYPE.alert]) ?? []) : [],
      )
    },
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
