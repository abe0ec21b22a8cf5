import { afterEach, expect, it, vi } from 'vitest'
import { announcer } from '../../../src/platform/announce.ts'

afterEach(() => vi.unstubAllGlobals())

it('SITE-22 a window that was frozen, or put by for the way back, reads everything anew', () => {
  const document = new EventTarget()
  const page = new EventTarget()
  vi.stubGlobal('document', document)
  vi.stubGlobal('addEventListener', page.addEventListener.bind(page))
  const heard: string[] = []
  const { onChange } = announcer(crypto.randomUUID(), () => ['session', 'language'])
  onChange((key) => heard.push(key))
  page.dispatchEvent(Object.assign(new Event('pageshow'), { persisted: false }))
  expect(heard).toEqual([])
  page.dispatchEvent(Object.assign(new Event('pageshow'), { persisted: true }))
  expect(heard).toEqual(['session', 'language'])
  document.dispatchEvent(new Event('resume'))
  expect(heard).toHaveLength(4)
})
