// @vitest-environment happy-dom
import { afterEach, describe, expect, it } from 'vitest'
import type { Matrix, SignInFailure } from '../../../../src/core/ports.ts'
import { remember } from '../../../../src/app/memory.ts'
import { nextStep } from '../../../../src/app/screens/sign-in/steps.ts'
import type { ReadinessRow } from '../../../../src/app/views.ts'
import { alertEvent, sampleAlert, sampleDeployment, sessionOf } from '../../../fakes/sample.ts'
import { settled } from '../../../support/mount.ts'
import { openApp } from '../frame/open.ts'

let close = () => {}
afterEach(() => close())

/** Sites that let everybody in, or fail; and what was typed at them. */
function sites(answers: Record<string, SignInFailure | 'ok'>, typed: string[] = []): Partial<Matrix> {
  return {
    signIn(site, user, password) {
      typed.push(`${site.id} ${user} ${password}`)
      const answer = answers[site.id]!
      if (answer !== 'ok') return Promise.resolve({ failure: answer, retry_after_ms: 90_000 })
      return Promise.resolve({ account: sessionOf(user).accounts.find((a) => a.site === site.id)!, name: 'Anna Berg' })
    },
  }
}

async function open(things: Parameters<typeof openApp>[0]) {
  const app = await openApp({ session: null, ...things })
  close = app.close
  const type = async (user: string, password: string) => {
    await app.screen.get('input[autocomplete=username]').setValue(user)
    await app.screen.get('input[autocomplete=current-password]').setValue(password)
    await app.screen.get('form').trigger('submit')
    await settled()
  }
  return { ...app, type }
}

describe('the sign-in', () => {
  it.each<[SignInFailure, string, string]>([
    ['wrong_password', 'Name oder Passwort stimmt nicht.', 'Prüfen Sie beides.'],
    ['locked', 'Dieses Konto ist gesperrt.', 'Rufen Sie Ihre IT an.'],
    ['unreachable', 'Kein Standort antwortet.', 'Prüfen Sie Ihr Netz.'],
    ['limited', 'Das waren zu viele Versuche.', 'Warten Sie 2 Minuten.'],
    ['refused', 'Die Anmeldung wurde abgelehnt.', 'Rufen Sie Ihre IT an.'],
  ])('SIGN-2 %s is said in words, with what to do', async (failure, what, next) => {
    const { screen, type } = await open({ matrix: sites({ a: failure, b: failure }) })
    await type('anna', 'falsch')
    const trouble = screen.get('form [role=status]').text()
    expect(trouble).toContain(what)
    expect(trouble).toContain(next)
    expect(screen.get('input[autocomplete=username]').attributes('aria-invalid')).toBe(
      failure === 'wrong_password' ? 'true' : undefined,
    )
  })

  it('says that no site was reached when even the way to them cannot be loaded, and lets it be tried again', async () => {
    const { screen, type, ports, find } = await open({})
    ports.matrix = () => Promise.reject(new TypeError('Failed to fetch dynamically imported module'))
    const told: unknown[] = []
    screen.vm.$.appContext.config.errorHandler = (error) => void told.push(error)
    await type('anna', 'x')
    expect(screen.get('form [role=status]').text()).toContain('Kein Standort antwortet.')
    expect(find('Anmelden')?.attributes('aria-disabled')).toBeUndefined()
    expect(told).toHaveLength(1)
  })

  it('SIGN-5 takes what a phone makes of a user name, and a password as it is', async () => {
    const typed: string[] = []
    const { type } = await open({ matrix: sites({ a: 'wrong_password', b: 'wrong_password' }, typed) })
    await type('Anna ', ' Geheim ')
    expect(typed).toEqual(['a anna  Geheim ', 'b anna  Geheim '])
  })

  it('shows the password to whoever wants to see it', async () => {
    const { screen, tap, find } = await open({})
    const field = () => screen.get('input[autocomplete=current-password]').attributes('type')
    expect(field()).toBe('password')
    await tap('Passwort zeigen')
    expect(field()).toBe('text')
    expect(find('Passwort verbergen')).toBeDefined()
  })

  it('APP-5 changes the language before anybody is signed in', async () => {
    const { screen } = await open({})
    await screen.get('input[value=en]').setValue(true)
    await settled()
    expect(screen.text()).toContain('Password')
  })

  it('SIGN-6 without a network says so at the very first start, and goes on when it is asked to', async () => {
    let network = false
    const { screen, tap, find } = await open({
      deployment: null,
      loadDeployment: () => Promise.resolve(network ? sampleDeployment() : null),
    })
    expect(screen.get('h1').text()).toBe('Noch kein Netz')
    expect(find('Notruf 112')?.attributes('href')).toBe('tel:112')
    await tap('Jetzt versuchen')
    expect(screen.get('h1').text()).toBe('Noch kein Netz')
    network = true
    await tap('Jetzt versuchen')
    expect(screen.findAll('label').map((l) => l.text())).toContain('Benutzername')
  })
})

describe('the steps after it', () => {
  it('SIGN-1 name the site that was missing, and it can be made up for at once', async () => {
    const answers: Record<string, SignInFailure | 'ok'> = { a: 'unreachable', b: 'ok' }
    const { screen, type, tap, router } = await open({ matrix: sites(answers) })
    await type('anna', 'x')
    expect(router.currentRoute.value.name).toBe('welcome')
    expect(screen.get('h1').text()).toBe('Angemeldet an 1 von 2 Standorten')
    expect(screen.text()).toContain('Standort A hat nicht geantwortet.')
    await tap('Standort A jetzt versuchen')
    answers['a'] = 'ok'
    await screen.get('dialog input[autocomplete=current-password]').setValue('x')
    await screen.get('dialog form').trigger('submit')
    await settled()
    expect(screen.find('dialog').exists()).toBe(false)
    expect(screen.get('h1').text()).toBe('Auf den Startbildschirm legen')
  })

  it.each<[SignInFailure, string]>([
    ['locked', 'Bei Standort A ist Ihr Konto gesperrt.'],
    ['wrong_password', 'Standort A hat die Anmeldung abgelehnt.'],
  ])('SIGN-9 a site that let nobody in says why: %s', async (failure, words) => {
    const answers: Record<string, SignInFailure | 'ok'> = { a: failure, b: 'ok' }
    const { screen, type, tap } = await open({ matrix: sites(answers) })
    await type('anna', 'x')
    expect(screen.text()).toContain(words)
    expect(screen.text()).not.toContain('hat nicht geantwortet')
    await tap('Standort A jetzt versuchen')
    answers['a'] = 'unreachable'
    await screen.get('dialog input[autocomplete=current-password]').setValue('x')
    await screen.get('dialog form').trigger('submit')
    await settled()
    expect(screen.get('h1 + p').text()).toContain('Standort A hat nicht geantwortet.')
  })

  it('SIGN-9 a site that was tried before this start is named without a reason', async () => {
    const { screen } = await open({ session: sessionOf('anna', ['b']), welcome: true })
    expect(screen.text()).toContain('Bei Standort A sind Sie noch nicht angemeldet.')
  })

  it('APP-9 end at Lage, and do not come again', async () => {
    const { tap, router, ports } = await open({ session: sessionOf('anna'), welcome: true })
    expect(router.currentRoute.value.name).toBe('welcome')
    await tap('Später')
    await tap('Fertig')
    expect(router.currentRoute.value.name).toBe('lage')
    expect(await ports.settings.get('welcome')).toBe(false)
  })

  it('SIGN-8 follow the sign-in, wherever it was; at a start they take the place of the Lage alone, and not while an alert waits', async () => {
    const signedIn = await open({ matrix: sites({ a: 'ok', b: 'ok' }), path: '/rooms/!team' })
    await signedIn.type('anna', 'x')
    expect(signedIn.router.currentRoute.value.name).toBe('welcome')
    signedIn.close()
    const world = { session: sessionOf('anna'), welcome: true }
    const room = await open({ ...world, path: '/rooms/!team' })
    expect(room.router.currentRoute.value.name).toBe('room')
    room.close()
    const waits = await open({ ...world, alerts: [alertEvent(sampleAlert())] })
    expect(waits.router.currentRoute.value.name).toBe('lage')
  })

  it('SIGN-8 end here when they are done in another window', async () => {
    const { router, ports } = await open({ session: sessionOf('anna'), welcome: true })
    expect(router.currentRoute.value.name).toBe('welcome')
    await remember(ports.settings, 'welcome', false)
    await settled()
    expect(router.currentRoute.value.name).toBe('lage')
  })

  const row = (
    id: ReadinessRow['id'],
    kind: 'installed' | 'not_installed' | 'push_not_asked' | 'push_untested' | 'push_needs_install',
  ) =>
    ({
      id,
      state: kind === 'installed' ? 'proven' : 'open',
      at: null,
      finding: { kind },
      fix: null,
    }) satisfies ReadinessRow

  it('APP-9 are only those that the device needs, installing before ringing', () => {
    const fresh = [row('installed', 'not_installed'), row('push', 'push_not_asked')]
    expect(nextStep(null, fresh, 1)).toBe('partial')
    expect(nextStep(null, fresh, 0)).toBe('install')
    expect(nextStep('install', fresh, 0)).toBe('ring')
    expect(nextStep('ring', fresh, 0)).toBe('test')
    expect(nextStep(null, [row('installed', 'installed'), row('push', 'push_untested')], 0)).toBe('test')
  })
  it('do not ask an iPhone to ring before the app is on its home screen', () => {
    expect(nextStep('install', [row('installed', 'not_installed'), row('push', 'push_needs_install')], 0)).toBe('test')
  })
})
