/** The page: builds the adapters, hands them to the stores, mounts. Nothing here waits for a network. */
import { createPinia } from 'pinia'
import { createApp } from 'vue'
import App from './app/App.vue'
import { startEngine } from './app/engine/engine.ts'
import { createWords, deviceLanguage } from './app/i18n.ts'
import { PORTS } from './app/ports.ts'
import { createAppRouter } from './app/router.ts'
import { keepNotices } from './app/notices.ts'
import { followNotifications, followTime, startStores, tellOfWakes } from './app/start.ts'
import './app/styles/index.ts'
import type { Ports } from './core/ports.ts'
import { openClock, sha256 } from './platform/clock.ts'
import { openDevice } from './platform/device.ts'
import { openInbox } from './platform/inbox.ts'
import { openWindowInbox } from './platform/inbox-window.ts'
import { watchInstall } from './platform/install.ts'
import { leadOnce } from './platform/lead.ts'
import { openOutbox } from './platform/outbox.ts'
import { openProjection } from './platform/projection.ts'
import { keepUnwritten } from './platform/projection/unwritten.ts'
import { loadDeployment, relays } from './platform/relays.ts'
import { responseGate } from './platform/response-gate.ts'
import { openSettings } from './platform/settings.ts'
import { keepStorage } from './platform/storage.ts'
import { onWake } from './platform/wake.ts'
import { registerWorker } from './platform/worker.ts'

/** For whoever looks into the console of a device that misbehaves; the person is told by the screens. */
const trouble = (error: unknown) => console.error('[notanker]', error)

// Before anything else: Chromium offers the installation once, soon after load.
const install = watchInstall()
const storage = keepStorage({
  memory: () => import('fake-indexeddb/auto'),
  makeRoom: () => projection.makeRoom(),
})
// What can be had again from the sites is rebuilt by itself when it is damaged.
const clock = openClock()
const projection = keepUnwritten(
  storage.watch('projection', openProjection(undefined, storage), {
    rebuild: true,
    once: ['apply', 'add', 'rememberRooms', 'startAnew', 'putBody'],
  }),
  clock,
)

const ports: Ports = {
  clock,
  sha256,
  settings: storage.watch('settings', openSettings(undefined, storage), { once: ['set'] }),
  storage,
  projection,
  outbox: storage.watch('outbox', openOutbox(undefined, storage)),
  matrix: async () => (await import('./matrix/index.ts')).openMatrix({ projection, clock }),
  relays,
  responseGate,
  device: openDevice(install),
  inbox: storage.watch('inbox', openWindowInbox(undefined, openInbox(undefined, undefined, storage)), {
    rebuild: true,
  }),
  lead: (lead) => leadOnce('notanker', lead),
  loadDeployment,
  updates: registerWorker(trouble),
  version: __APP_VERSION__,
  origin: window.location.origin,
  onWake,
}

const router = createAppRouter()
const words = createWords(deviceLanguage(navigator.languages))
const app = createApp(App)
app.config.errorHandler = trouble
app.provide(PORTS, ports).use(createPinia()).use(words).use(router)

const stores = startStores(app)
app.mount('#app')
followNotifications(ports.inbox, router)
keepNotices(app, ports)
tellOfWakes(ports)
followTime(ports)
void storage.measure()
void stores.shown
  .catch(trouble)
  .then(() => ports.lead((handOver) => startEngine(ports, stores.snapshots, trouble, handOver)))
