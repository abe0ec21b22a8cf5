/** The smallest app that can be pushed to: proves the test infrastructure without the app under test. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

const PAGE = `<!doctype html><meta name=viewport content=width=device-width><title>mini</title><button>subscribe</button><output></output><script type="module">
const output = document.querySelector('output')
document.querySelector('button').onclick = async () => {
  try {
    await Notification.requestPermission()
    await navigator.serviceWorker.register('/sw.js')
    const { pushManager } = await navigator.serviceWorker.ready
    const key = new URLSearchParams(location.search).get('key')
    const made = await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key })
    output.textContent = JSON.stringify(made)
  } catch (error) {
    output.textContent = String(error)
  }
}
</script>`

const WORKER = `
addEventListener('push', (event) => event.waitUntil(registration.showNotification(event.data.text(), { tag: 'mini' })))
addEventListener('notificationclick', (event) => event.waitUntil(clients.openWindow('/clicked')))
`

export interface MiniApp {
  origin: string
  close(): Promise<void>
}

/** Serves it, and more scripts by path, at an origin that browsers take for secure. */
export async function startMiniApp(more: Record<string, string> = {}): Promise<MiniApp> {
  const scripts: Record<string, string> = { '/sw.js': WORKER, ...more }
  const server = createServer((request, response) => {
    const script = scripts[request.url ?? '/']
    response.setHeader('content-type', script ? 'text/javascript' : 'text/html')
    response.end(script ?? PAGE)
  })
  const listening = Promise.withResolvers<void>()
  server.listen(0, '127.0.0.1', listening.resolve)
  await listening.promise
  return {
    origin: `http://localhost:${(server.address() as AddressInfo).port}`,
    close() {
      server.closeAllConnections()
      const closed = Promise.withResolvers<void>()
      server.close(() => closed.resolve())
      return closed.promise
    },
  }
}
