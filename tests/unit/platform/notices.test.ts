import { expect, test, vi } from 'vitest'
import type { NoticeOptions } from '../../../src/core/notice.ts'
import { setBadge, settle } from '../../../src/platform/notices.ts'
import { ALERT, revision } from '../sw/samples.ts'

const asks = revision({ responses: [{ key: 'ok', label: 'Verstanden', meaning: 'acknowledged' }] })
const response = { alert: ALERT, key: 'ok', at: asks.at + 1 }

function screen(...shown: unknown[]) {
  const closed: unknown[] = []
  const made: [string, NoticeOptions][] = []
  const shows = {
    getNotifications: async () => shown.map((data) => ({ data, close: () => void closed.push(data) })),
    showNotification: async (...what: [string, NoticeOptions]) => void made.push(what),
  }
  return { shows, closed, made }
}

test('NOTICE-6 what was answered goes, what is not ours stays', async () => {
  const data = { navigate: '/', lang: 'de', revision: asks }
  const { shows, closed, made } = screen(data, null, { navigate: '/' })
  await settle(shows, [{ id: ALERT, over: false, mine: { response } }], false)
  expect([closed, made]).toEqual([[data], []])
})

test('NOTICE-6 a receipt says it when the answer is registered', async () => {
  const { shows, closed, made } = screen({ navigate: '/', lang: 'de', revision: asks, stage: 'waiting' })
  const mine = { response, registered: { at: asks.at + 2 } }
  await settle(shows, [{ id: ALERT, over: false, mine }], false)
  expect(closed).toEqual([])
  expect(made).toMatchObject([[expect.stringMatching(/^Registriert um/), { tag: ALERT, silent: true }]])
})

test('NOTICE-7 a system without a number, or one that refuses it, is left in peace', async () => {
  setBadge(1)
  const setAppBadge = vi.fn(() => Promise.reject(new DOMException('no', 'NotAllowedError')))
  Object.assign(navigator, { setAppBadge })
  setBadge(2)
  expect(setAppBadge.mock.calls).toEqual([[2]])
})
