import { expect, test, vi } from 'vitest'
import { NO_SCREEN } from '../../../src/sw/screens.ts'
import { whole } from '../../../src/sw/whole.ts'

const isScreen = (path: string) => !NO_SCREEN.some((pattern) => pattern.test(path))

test.each(['/', '/alert/0198', '/room/!abc:site.a.example', '/readiness', '/rooms', '/v1x'])(
  '%s is a screen',
  (path) => {
    expect(isScreen(path)).toBe(true)
  },
)

test.each(['/_matrix/client/versions', '/v1/status', '/imprint.html', '/notanker.json', '/.well-known/security.txt'])(
  '%s is none',
  (path) => {
    expect(isScreen(path)).toBe(false)
  },
)

test('a file that is not in the cache after its put fails the install', async () => {
  const stored = new Set(['https://app.example/whole.js'])
  vi.stubGlobal('caches', {
    open: async () => ({ match: async (r: Request) => (stored.has(r.url) ? new Response() : undefined) }),
  })
  const put = (url: string) => whole.cacheDidUpdate({ cacheName: 'precache', request: new Request(url) })
  await expect(put('https://app.example/whole.js')).resolves.toBeUndefined()
  await expect(put('https://app.example/cut.js')).rejects.toThrow('cut.js was lost')
  vi.unstubAllGlobals()
})
