import { expect, test, vi } from 'vitest'
import { platformOf } from '../../../src/platform/device.ts'
import { watchInstall } from '../../../src/platform/install.ts'

test.each([
  ['Mozilla/5.0 (Linux; Android 16; Pixel 9) AppleWebKit/537.36 Chrome/156.0 Mobile Safari/537.36', 5, 'android'],
  ['Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148', 5, 'ios'],
  ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/19.0 Safari/605.1.15', 5, 'ios'],
  ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/19.0 Safari/605.1.15', 0, 'desktop'],
  ['Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0', 0, 'desktop'],
])('%s with %i touch points is %s', (userAgent, maxTouchPoints, platform) => {
  expect(platformOf({ userAgent, maxTouchPoints })).toBe(platform)
})

const question = (prompt: () => Promise<unknown>) =>
  Object.assign(new Event('beforeinstallprompt', { cancelable: true }), { prompt })

test('the installation question is kept, asked once, and asked again only when the browser offers it again', async () => {
  const page = new EventTarget()
  const install = watchInstall(page)
  const can = vi.fn()
  install.onInstallable(can)
  expect(await install.ask()).toBe('unavailable')
  const first = question(async () => ({ outcome: 'dismissed' }))
  page.dispatchEvent(first)
  expect(first.defaultPrevented).toBe(true)
  expect(await install.ask()).toBe('dismissed')
  expect(await install.ask()).toBe('unavailable')
  page.dispatchEvent(question(async () => ({ outcome: 'accepted' })))
  expect(await install.ask()).toBe('accepted')
  expect(can.mock.calls).toEqual([[false], [true], [false], [true], [false]])
})

test('a question that the browser refuses to ask is unavailable; an installed app cannot be installed', async () => {
  const page = new EventTarget()
  const install = watchInstall(page)
  page.dispatchEvent(question(() => Promise.reject(new DOMException('no gesture', 'NotAllowedError'))))
  expect(await install.ask()).toBe('unavailable')
  page.dispatchEvent(question(async () => ({ outcome: 'accepted' })))
  page.dispatchEvent(new Event('appinstalled'))
  expect(await install.ask()).toBe('unavailable')
})
