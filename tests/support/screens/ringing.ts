/** A device that rings, in Firefox: the only browser whose push service can be one of ours. It cannot be told to be dark. */
import { allowRinging, appPage, signIn } from '../app-page.ts'
import { launchFirefox } from '../browsers.ts'
import type { Crisis } from '../crisis.ts'
import { settle, SIZES, type Camera } from './camera.ts'

const PERSON = 'p.yildiz'

export async function photographRinging({ origin, push, daemon, password }: Crisis, camera: Camera): Promise<void> {
  const firefox = await launchFirefox({ pushUrl: push.browserUrl, dbusAddress: daemon.address, viewport: SIZES.phone })
  try {
    const app = appPage(await firefox.page(origin))
    await signIn(app, PERSON, password(PERSON))
    await app.tap('Später')
    await allowRinging(app, () => firefox.allowNotifications(origin))
    await app.tap('Probealarm senden')
    await daemon.notification('Probealarm')
    await app.see('Der Probealarm ist da.')
    await settle(app.page)
    await camera.snap(app.page, 'welcome-ringing-phone-light-de')
    await app.tap('Fertig')
    await app.tap('Bereitschaft')
    await app.see('Probealarm empfangen')
    await app.see('Handbuch auf diesem Gerät')
    await settle(app.page)
    await camera.snap(app.page, 'readiness-ringing-phone-light-de')
  } finally {
    await firefox.close()
  }
}
