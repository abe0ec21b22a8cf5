import 'fake-indexeddb/auto'
import { expect, test } from 'vitest'
import { openInbox } from '../../../src/platform/inbox.ts'
import { followClick, pathOf, type AppWindow } from '../../../src/sw/click.ts'
import { ORIGIN } from './samples.ts'

test.each([
  [{ navigate: `${ORIGIN}/alert/1?a=b#c` }, '/alert/1?a=b#c'],
  [{ navigate: '/readiness' }, '/readiness'],
  [{ navigate: 'https://evil.example/alert/1' }, '/'],
  [{ navigate: '//evil.example/alert/1' }, '/'],
  [{ navigate: `${ORIGIN}//evil.example/alert/1` }, '/'],
  [{ navigate: '/.//evil.example' }, '/'],
  [{ navigate: 'javascript:alert(1)' }, '/'],
  [{ navigate: 'http://' }, '/'],
  [{ navigate: 7 }, '/'],
  [null, '/'],
])('PUSH-13 %j leads to %s', (data, path) => {
  expect(pathOf(data, ORIGIN)).toBe(path)
})

function desk(name: string, windows: (Partial<AppWindow> & { name: string })[]) {
  const done: string[] = []
  const all = windows.map((window) => ({
    focused: false,
    visibilityState: 'hidden' as const,
    focus: async () => void done.push(`focus ${window.name}`),
    ...window,
  }))
  const open = async (path: string) => void done.push(`open ${path}`)
  return { done, desk: { origin: ORIGIN, windows: { all: async () => all, open }, inbox: openInbox(Date.now, name) } }
}
const data = { navigate: `${ORIGIN}/alert/1` }

test('PUSH-13 without a window, one is opened at the place, and the link waits for an app that starts elsewhere', async () => {
  const { desk: at, done } = desk('click-none', [])
  await followClick(data, at)
  expect(done).toEqual(['open /alert/1'])
  expect(await at.inbox.takeDeepLink()).toBe('/alert/1')
})

test('PUSH-13 the window in front is taken before one that is only visible, that one before a hidden one', async () => {
  const hidden = { name: 'hidden' }
  const visible = { name: 'visible', visibilityState: 'visible' as const }
  const front = { name: 'front', focused: true }
  for (const [windows, expected] of [
    [[hidden, visible, front], 'focus front'],
    [[hidden, visible], 'focus visible'],
    [[hidden], 'focus hidden'],
  ] as const) {
    const { desk: at, done } = desk(`click-${expected}`, [...windows])
    await followClick(data, at)
    expect(done).toEqual([expected])
    expect(await at.inbox.takeDeepLink()).toBe('/alert/1')
  }
})

test('PUSH-13 a window that cannot be brought to the front is replaced by a new one', async () => {
  const { desk: at, done } = desk('click-stuck', [{ name: 'a', focus: () => Promise.reject(new TypeError('gone')) }])
  await followClick(data, at)
  expect(done).toEqual(['open /alert/1'])
})

test('a broken inbox does not keep the app from opening', async () => {
  const { desk: at, done } = desk('click-broken', [])
  const inbox = { putDeepLink: () => Promise.reject(new Error('disk full')) }
  await expect(followClick(data, { ...at, inbox })).rejects.toThrow('disk full')
  expect(done).toEqual(['open /alert/1'])
})
