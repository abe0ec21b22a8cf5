/** An app without a screen, for tests of stores: `inside` runs where stores may be used. */
import { createPinia } from 'pinia'
import { createApp, type App } from 'vue'
import { PORTS } from '../../src/app/ports.ts'
import type { Ports } from '../../src/core/ports.ts'

export function appWith(ports: Ports): { app: App; inside: <T>(run: () => T) => T } {
  const app = createApp({ render: () => null })
  app.provide(PORTS, ports).use(createPinia())
  return { app, inside: (run) => app.runWithContext(run) }
}

/** Lets everything that waits for nothing but promises run to its end. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 30; turn++) await new Promise((resolve) => setTimeout(resolve, 0))
}
