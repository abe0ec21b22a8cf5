import { expect, test, vi } from 'vitest'
import { passBy } from '../../../src/sw/bypass.ts'

test('UPDATE-10: requests to homeservers and relays pass the worker by, on whatever host', async () => {
  const addRoutes = vi.fn(() => Promise.resolve())
  await passBy({ addRoutes })
  const [rules] = addRoutes.mock.calls[0] as unknown as [{ condition: { urlPattern: object }; source: string }[]]
  const patterns = rules.map(({ condition }) => new URLPattern(condition.urlPattern))
  const passes = (url: string) => patterns.some((pattern) => pattern.test(url))
  expect(passes('https://matrix.a.example:8448/_matrix/client/v3/sync?since=s1')).toBe(true)
  expect(passes('http://localhost:9000/v1/status')).toBe(true)
  expect(passes('https://app.example/assets/index.js')).toBe(false)
  expect(passes('https://app.example/notanker.json')).toBe(false)
  expect(rules.every(({ source }) => source === 'network')).toBe(true)
})

test('UPDATE-10: a browser that cannot be told, or understands it otherwise, installs the worker all the same', async () => {
  await expect(passBy({})).resolves.toBeUndefined()
  const addRoutes = () => {
    throw new TypeError('no such condition')
  }
  await expect(passBy({ addRoutes })).resolves.toBeUndefined()
})
