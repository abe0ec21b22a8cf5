/** A screen with the real stores on storage in memory, at 13:36 UTC of a fixed day. */
import { mount } from '@vue/test-utils'
import { createPinia } from 'pinia'
import { vi } from 'vitest'
import { defineComponent, h } from 'vue'
import { createMemoryHistory, createRouter, RouterView } from 'vue-router'
import { createWords } from '../../../src/app/i18n.ts'
import { PORTS } from '../../../src/app/ports.ts'
import { routes } from '../../../src/app/router.ts'
import { useConnection } from '../../../src/app/stores/connection.ts'
import { useOutbox } from '../../../src/app/stores/outbox.ts'
import { useSession } from '../../../src/app/stores/session.ts'
import { advance } from '../../../src/core/advance.ts'
import type { OutboxEvent } from '../../../src/core/outbox.ts'
import type { RoomEvent } from '../../../src/core/event.ts'
import type { Ports } from '../../../src/core/ports.ts'
import type { RoomRecord } from '../../../src/core/room.ts'
import type { RoomId, UserId } from '../../../src/core/ids.ts'
import { fakePorts } from '../../fakes/ports.ts'
import { event, NOW, sampleDeployment, sampleRecords, sessionOf, TEAM } from '../../fakes/sample.ts'
import { settled } from '../../support/mount.ts'

export const team = TEAM!
export const said = (sender: UserId, body: string, at: number, room: RoomId = team): RoomEvent =>
  event(room, sender, 'm.room.message', { msgtype: 'm.text', body }, { at })

interface Things {
  records?: RoomRecord[]
  path?: string
  person?: string
  ports?: Ports
  /** Sites answer, or do not. */
  up?: boolean
  /** A relay does, where they do not. */
  relayed?: boolean
}

export async function openAt({
  records = sampleRecords(),
  path = `/rooms/${encodeURIComponent(team)}`,
  person = 'anna',
  up = true,
  relayed = false,
  ports: known,
}: Things = {}) {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW })
  const ports =
    known ?? (await fakePorts({ now: NOW, deployment: sampleDeployment(), session: sessionOf(person), records }))
  const answers = Object.fromEntries(['a', 'b'].map((site) => [site, { up, since: NOW - 60_000 }]))
  const sync = up ? 'live' : 'failing'
  await ports.settings.set('status', { site: 'a', since: NOW, sync, answers, relayed, exchanged_at: NOW })

  const router = createRouter({ history: createMemoryHistory(), routes })
  await router.push(path)
  const started: Promise<unknown>[] = []
  const Root = defineComponent({
    setup() {
      started.push(useSession().start(), useOutbox().start(), useConnection().start())
      return () => h(RouterView)
    },
  })
  const plugins = [createPinia(), router, createWords('de')]
  const screen = mount(Root, { attachTo: document.body, global: { plugins, provide: { [PORTS as symbol]: ports } } })
  await Promise.all(started)
  await settled()
  return {
    screen,
    ports,
    router,
    messages: () => screen.findAll('.message').map((m) => m.text()),
    /** A site brings events of the room. */
    async arrive(...timeline: RoomEvent[]) {
      await ports.projection.add(team, { timeline })
      await settled()
    },
    /** What happens to my last message. */
    async deliver(...events: OutboxEvent[]) {
      const item = (await ports.outbox.all()).at(-1)!
      await ports.outbox.change([item.client_id], (it) => events.reduce((i, e) => advance(i, e, NOW, 0), it))
      await settled()
    },
    async write(text: string) {
      await screen.get('textarea').setValue(text)
      await settled()
    },
    async send() {
      await screen.get('form').trigger('submit')
      await settled()
    },
    /** A tap on a button of the sheet. */
    async sheet(label: string) {
      await screen
        .findAll('dialog footer button')
        .find((b) => b.text() === label)!
        .trigger('click')
      await settled()
    },
    close() {
      screen.unmount()
      vi.useRealTimers()
    },
  }
}
