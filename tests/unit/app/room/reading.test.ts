// @vitest-environment happy-dom
import { mount } from '@vue/test-utils'
import { describe, expect, it } from 'vitest'
import MessageComposer from '../../../../src/app/components/room/MessageComposer.vue'
import RoomTimeline from '../../../../src/app/components/room/RoomTimeline.vue'
import { createWords } from '../../../../src/app/i18n.ts'
import type { Row } from '../../../../src/app/components/room/rows.ts'
import type { Delivery } from '../../../../src/core/outbox.ts'
import type { PersonId } from '../../../../src/core/ids.ts'
import { settled } from '../../../support/mount.ts'

const global = { plugins: [createWords('de')], stubs: { RouterLink: true } }
const row = (key: string, mine: Delivery | null = null): Row => ({
  kind: 'message',
  key,
  head: true,
  via: null,
  behind: false,
  entry: {
    kind: 'message',
    key,
    at: 0,
    person: 'ben' as PersonId,
    name: 'Ben',
    text: key,
    mine,
    site: 'a',
    alert: null,
  },
})

/** A page of 1000 px of which 400 are seen; a DOM without layout has no heights of its own. */
function scrollsBy(height: number): HTMLElement {
  const page = document.documentElement
  Object.defineProperty(page, 'scrollHeight', { configurable: true, value: height })
  Object.defineProperty(page, 'clientHeight', { configurable: true, value: 400 })
  return page
}
async function timeline(rows: Row[]) {
  const page = scrollsBy(1000)
  const screen = mount(RoomTimeline, {
    props: { rows, title: 'Team', empty: 'leer', cut: null },
    global,
    attachTo: document.body,
  })
  await settled()
  return {
    screen,
    page,
    async scrollTo(top: number) {
      page.scrollTop = top
      document.dispatchEvent(new Event('scroll'))
      await settled()
    },
    async show(more: Row[], height: number) {
      scrollsBy(height)
      await screen.setProps({ rows: more })
      await settled()
    },
  }
}

describe('ROOM-12 reading', () => {
  it('begins at the newest and follows', async () => {
    const { screen, page, show } = await timeline([row('a')])
    expect(page.scrollTop).toBe(1000)
    page.scrollTop = 600
    await show([row('a'), row('b')], 1200)
    expect(page.scrollTop).toBe(1200)
    expect(screen.emitted('seen')).toHaveLength(2)
    screen.unmount()
  })

  it('SYNC-15 asks for older lines near the start, and leaves the line that is read where it is when they come', async () => {
    const { screen, page, scrollTo } = await timeline([row('b'), row('c')])
    const asked = () => screen.emitted('older')?.length ?? 0
    await scrollTo(450)
    const before = asked()
    const height = () => 500 * screen.findAll('.message').length
    Object.defineProperty(page, 'scrollHeight', { configurable: true, get: height })
    await scrollTo(300)
    expect(asked()).toBe(before + 1)
    await screen.setProps({ rows: [row('a'), row('b'), row('c')] })
    await settled()
    expect(page.scrollTop).toBe(800)
    expect(screen.text()).not.toContain('neue Nachricht')
    screen.unmount()
  })

  it('stays where somebody reads further up, counts what is new, and goes there when asked', async () => {
    const { screen, page, scrollTo, show } = await timeline([row('a')])
    await scrollTo(100)
    const seen = screen.emitted('seen')?.length
    await show([row('a'), row('b'), row('c')], 1400)
    expect(page.scrollTop).toBe(100)
    expect(screen.emitted('seen')).toHaveLength(seen!)
    const button = screen.get('.fresh button')
    expect(button.text()).toBe('2 neue Nachrichten')
    await button.trigger('click')
    expect(page.scrollTop).toBe(1400)
    expect(screen.find('.fresh').exists()).toBe(false)
    expect(screen.emitted('seen')).toHaveLength(seen! + 1)
    screen.unmount()
  })

  it('shows what the reader says at once, wherever they read', async () => {
    const { screen, page, scrollTo, show } = await timeline([row('a')])
    await scrollTo(100)
    await show([row('a'), row('b', { state: 'saved' })], 1300)
    expect(page.scrollTop).toBe(1300)
    screen.unmount()
  })

  it('is no news when an own message only changes its state', async () => {
    const { screen, scrollTo, show } = await timeline([row('a'), row('b', { state: 'saved' })])
    await scrollTo(100)
    await show([row('a'), row('b', { state: 'sending' })], 1000)
    expect(screen.find('.fresh').exists()).toBe(false)
    screen.unmount()
  })

  it('is not seen on a screen that nobody sees', async () => {
    Object.defineProperty(document, 'visibilityState', { configurable: true, value: 'hidden' })
    const { screen } = await timeline([row('a')])
    expect(screen.emitted('seen')).toBeUndefined()
    Object.defineProperty(document, 'visibilityState', { configurable: true, value: 'visible' })
    document.dispatchEvent(new Event('visibilitychange'))
    expect(screen.emitted('seen')).toHaveLength(1)
    screen.unmount()
  })

  it('is a log for screen readers', async () => {
    const { screen } = await timeline([])
    expect(screen.get('[role=log]').attributes('aria-label')).toBe('Nachrichten in Team')
    expect(screen.get('[role=log]').text()).toBe('leer')
    screen.unmount()
  })
})

describe('composer', () => {
  const write = (text: string, more = {}) =>
    mount(MessageComposer, {
      props: { modelValue: text, title: 'Team', cut: null, busy: false, failed: null, ...more },
      global,
    })
  const keyboard = (is: boolean) => (window.matchMedia = () => ({ matches: is }) as MediaQueryList)

  it('sends by Enter where there is a keyboard, and writes a new line by Shift+Enter', async () => {
    keyboard(true)
    const screen = write(' Hallo ')
    await screen.get('textarea').trigger('keydown', { key: 'Enter', shiftKey: true })
    await screen.get('textarea').trigger('keydown', { key: 'Enter', isComposing: true })
    expect(screen.emitted('send')).toBeUndefined()
    await screen.get('textarea').trigger('keydown', { key: 'Enter' })
    expect(screen.emitted('send')).toEqual([['Hallo']])
  })

  it('writes a new line by Enter on a phone', async () => {
    keyboard(false)
    const screen = write('Hallo')
    await screen.get('textarea').trigger('keydown', { key: 'Enter' })
    expect(screen.emitted('send')).toBeUndefined()
    await screen.get('form').trigger('submit')
    expect(screen.emitted('send')).toEqual([['Hallo']])
  })

  it('sends neither nothing nor twice', async () => {
    for (const screen of [write('  '), write('Hallo', { busy: true })]) {
      await screen.get('form').trigger('submit')
      expect(screen.emitted('send')).toBeUndefined()
    }
  })
})
