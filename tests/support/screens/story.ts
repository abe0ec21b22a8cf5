/** A day of the agency, as two people see it: Sabine Baumann, staff, and Jana Lindhorst, who leads. */
import type { Browser, Page } from 'puppeteer-core'
import type { AlertId } from '../../../src/core/ids.ts'
import type { Language } from '../../../src/core/alert.ts'
import type { RunningDeployment } from '../../../src/stack/deployment.ts'
import { appPage, signIn, skipWelcome, type AppPage } from '../app-page.ts'
import { waitFor } from '../wait.ts'
import { DRILL, EVACUATION, MALWARE, PHONES, alertTo, nextOf } from './alerts.ts'
import { SIZES, type Camera } from './camera.ts'
import { peopleOf } from './people.ts'

const [STAFF, LEAD] = ['s.baumann', 'j.lindhorst']
/** What the strip says when the app knows where it is. */
const STEADY = /Arbeitsplatz (läuft|seit)|[Ww]orkplace (is running|there)|Kein Netz/
const [ALL, TEAM] = ['Alle Beschäftigten', 'Pforte und Haustechnik']

export async function tellStory(browser: Browser, deployment: RunningDeployment, camera: Camera): Promise<void> {
  const origin = deployment.deployment.app
  const people = peopleOf(deployment)
  const take = (app: AppPage, screen: string, language?: Language) => camera.take(app.page, screen, language)

  /** A device of its own, with nothing on it yet. */
  async function device(prepare?: (page: Page) => Promise<unknown>): Promise<AppPage> {
    const page = await (await browser.createBrowserContext()).newPage()
    await prepare?.(page)
    await page.goto(origin)
    return appPage(page)
  }
  async function open(app: AppPage, path: string, words: string): Promise<void> {
    await app.page.bringToFront()
    await app.page.setViewport(SIZES.phone)
    await app.go(path)
    await app.see(words)
    await waitFor('a connection that is known', async () => STEADY.test(await app.text()))
  }
  async function visit(app: AppPage, screen: string, path: string, words: string): Promise<void> {
    await open(app, path, words)
    await take(app, screen)
  }
  /** The same screens in English, and back. */
  async function inEnglish(app: AppPage, screens: [screen: string, path: string, words: string][]): Promise<void> {
    await open(app, '/readiness', 'English')
    await app.tap('English')
    await app.see('Language')
    for (const [screen, path, words] of screens) {
      await open(app, path, words)
      await take(app, screen, 'en')
    }
    await open(app, '/readiness', 'Deutsch')
    await app.tap('Deutsch')
    await app.see('Sprache')
  }

  // The first start: without a network, with one, and the steps to a device that is ready.
  const lost = await device(async (page) => {
    await page.setRequestInterception(true)
    page.on('request', (asked) => void (asked.url().endsWith('/notanker.json') ? asked.abort() : asked.continue()))
  })
  await lost.see('Noch kein Netz')
  await take(lost, 'first-start-no-network')
  await lost.page.browserContext().close()

  const staff = await device()
  await staff.see('Landesamt')
  await take(staff, 'sign-in')
  await staff.tap('English')
  await staff.see('Password')
  await take(staff, 'sign-in', 'en')
  await staff.tap('Deutsch')
  await signIn(staff, STAFF, people.password(STAFF))
  await staff.see('Schritt 2')
  await take(staff, 'welcome-install')
  await staff.tap('Später')
  await staff.see('Schritt 3')
  await take(staff, 'welcome-ring')
  await staff.tap('Jetzt nicht')
  await staff.see('Schritt 4')
  await take(staff, 'welcome-test')
  await skipWelcome(staff)

  // A quiet day.
  await staff.see('Alles ruhig.')
  await open(staff, '/readiness', 'Handbuch auf diesem Gerät')
  await take(staff, 'readiness')
  await visit(staff, 'lage-quiet', '/', 'Alles ruhig.')
  await visit(staff, 'rooms', '/rooms', TEAM)
  await staff.tap(TEAM)
  await staff.see('gelbe Weste')
  await take(staff, 'room')
  await visit(staff, 'handbook', '/handbook', 'Stromausfall')
  await visit(staff, 'playbook', '/handbook/raeumung', 'Sammelplatz Nord')
  await visit(staff, 'contacts', '/handbook/contacts', '030 23125 140')
  await visit(staff, 'connection', '/connection', 'Was Sie tun')
  await inEnglish(staff, [
    ['lage-quiet', '/', 'All quiet.'],
    ['rooms', '/rooms', TEAM],
    ['handbook', '/handbook', 'Stromausfall'],
    ['readiness', '/readiness', 'Language'],
    ['connection', '/connection', 'IONOS'],
  ])

  // A drill.
  const drill = alertTo(ALL, [people.room(ALL)], DRILL)
  await people.alert(LEAD, drill)
  await visit(staff, 'lage-drill', '/', 'ÜBUNG')
  await visit(staff, 'alert-drill', `/alert/${drill.id}`, 'Übung')
  await staff.tap('Bin in Sicherheit')
  await staff.see('Der Krisenstab sieht Ihre Antwort')
  await staff.top()
  await take(staff, 'alert-drill-answered')
  const over = { msg_type: 'AllClear', headline: 'Übung beendet', next_step: 'Danke. Nichts mehr zu tun.' } as const
  await people.alert(LEAD, nextOf(drill, over))
  await staff.see(over.headline)
  await visit(staff, 'lage-past', '/', 'Alles ruhig.')

  // The alert, as who leads writes it.
  const lead = await device()
  await signIn(lead, LEAD, people.password(LEAD))
  await skipWelcome(lead)
  await visit(lead, 'lead-quiet', '/lead', 'Neue Anweisung')
  const all = [people.room(ALL)]
  const phones = alertTo(ALL, all, PHONES)
  const malware = alertTo(ALL, all, MALWARE)
  await people.alert('d.aydemir', phones)
  await people.alert('d.aydemir', malware)
  await staff.page.bringToFront()
  await visit(staff, 'alert-severe', `/alert/${malware.id}`, MALWARE.next_step)
  await staff.tap('Verstanden')
  await staff.see('Der Krisenstab sieht Ihre Antwort')
  await open(lead, `/alert/${malware.id}`, MALWARE.next_step)
  await lead.tap('Verstanden')
  await lead.see('Der Krisenstab sieht Ihre Antwort')

  await visit(lead, 'fleet', '/lead/fleet', 'in 7 Tagen nachgewiesen')
  await visit(lead, 'compose-empty', '/lead/new', 'Schwere')
  await lead.tap('Extrem')
  await lead.fill('Überschrift', EVACUATION.headline)
  await lead.fill('Anweisung', EVACUATION.instruction)
  await lead.fill('Nächster Schritt', EVACUATION.next_step)
  await lead.tap('Bin in Sicherheit')
  await lead.tap(ALL)
  await lead.top()
  await take(lead, 'compose')
  await lead.tap('Prüfen')
  await lead.see('Zum Senden halten')
  await take(lead, 'check')
  await lead.hold('Zum Senden halten', 'von 8 geantwortet')
  const alert = new URL(lead.page.url()).pathname.split('/').at(-1) as AlertId

  // It arrives, is added to, is answered.
  await open(staff, '/', EVACUATION.headline)
  const sent = { ...alertTo(ALL, all, EVACUATION), id: alert }
  await take(staff, 'lage-alert')
  await visit(staff, 'alert-new', `/alert/${alert}`, EVACUATION.next_step)
  const more = 'Ausgang Ruhrstraße ist gesperrt. Nehmen Sie den Ausgang zum Hof.'
  const update = nextOf(sent, { instruction: `${more} ${EVACUATION.instruction}` })
  await people.alert(LEAD, update)
  await staff.see(more)
  await take(staff, 'alert-open')
  await inEnglish(staff, [
    ['lage-alert', '/', EVACUATION.headline],
    ['alert-open', `/alert/${alert}`, EVACUATION.next_step],
  ])
  await people.answer('l.hansen', alert, 'help', 'Dritter Stock, mit Rollstuhl, Treppenhaus Ost')
  await people.answer('p.yildiz', alert, 'safe')
  await people.answer('k.wolter', alert, 'safe')
  await people.answer('t.schulte', alert, 'away')
  await open(staff, `/alert/${alert}`, EVACUATION.next_step)
  await staff.tap('Bin in Sicherheit')
  await staff.see('Der Krisenstab sieht Ihre Antwort')
  await staff.top()
  await take(staff, 'alert-answered')
  await visit(staff, 'lage-answered', '/', EVACUATION.headline)

  await open(lead, `/alert/${alert}`, EVACUATION.next_step)
  await lead.tap('Bin in Sicherheit')
  await lead.see('Der Krisenstab sieht Ihre Antwort')
  await open(lead, `/lead/${alert}`, '6 von 8')
  await lead.see('Ohne Antwort, nach ihrem Gerät')
  await take(lead, 'tally')
  await lead.page.$eval('.reach', (board) => board.scrollIntoView())
  await take(lead, 'tally-reach')
  await lead.tap('Aktualisieren')
  await lead.see('Anweisung aktualisieren')
  await take(lead, 'update')
  await open(lead, `/lead/${alert}`, '6 von 8')
  await lead.tap('Entwarnung')
  await lead.see('Anweisung beenden')
  await take(lead, 'all-clear')
  await visit(lead, 'lead', '/lead', EVACUATION.headline)
  await visit(lead, 'switch', '/lead/switch', 'Wächter, Stand')
  await open(lead, '/lead/switch?do=move-b', 'Ernstfall')
  await lead.tap('Ernstfall')
  await lead.see('Halten: umschalten')
  await take(lead, 'switch-check')
  await inEnglish(lead, [
    ['switch', '/lead/switch', 'Monitors, as of'],
    ['lead', '/lead', EVACUATION.headline],
    ['tally', `/lead/${alert}`, EVACUATION.headline],
    ['compose-empty', '/lead/new', 'Severity'],
  ])

  // Site A dies.
  const team = people.room(TEAM)
  await people.say('d.aydemir', team, 'Wer zählt am Sammelplatz Nord?')
  await open(staff, `/rooms/${team}`, 'Wer zählt')
  await staff.fill('Nachricht an', 'Ich. Bin in zwei Minuten dort.')
  await staff.tap('Senden')
  const delivered = async () => (await staff.text()).split('Zugestellt').length > 2
  await waitFor('what was written to be delivered', delivered)
  await deployment.kill('a')
  people.move('b')
  await staff.tap('Arbeitsplatz umgezogen')
  await staff.see('Ausweichstandort')
  await take(staff, 'alert-failover')
  await staff.tap('Verstanden')
  await staff.see('Wir sind umgezogen')
  await take(staff, 'failover')
  await staff.tap('Verstanden')
  await open(staff, `/rooms/${team}`, 'Umschaltung auf')
  await people.say('d.aydemir', team, 'Danke. Die Feuerwehr bestätigt die Zufahrt über den Hof.')
  await staff.fill('Nachricht an', '42 Personen gezählt.')
  await staff.tap('Senden')
  await staff.see('Danke. Die Feuerwehr')
  await staff.see('Umschaltung auf')
  await staff.see('über STACKIT')
  await take(staff, 'room-moved')
  await visit(staff, 'lage-moved', '/', 'Ausweichstandort')
  await staff.tap('Ausweichstandort')
  await staff.see('antwortet nicht')
  await take(staff, 'connection-moved')
  await inEnglish(staff, [['connection-moved', '/connection', 'not answering']])

  // The end of it.
  const clear = {
    headline: 'Gebäude Ruhrstraße ist wieder frei',
    instruction: 'Die Feuerwehr hat das Haus freigegeben. Niemand ist verletzt.',
  }
  const next_step = 'Gehen Sie zurück an Ihren Platz.'
  await people.alert(LEAD, nextOf(update, { ...clear, next_step, msg_type: 'AllClear', rev: 2 }))
  await visit(staff, 'alert-ended', `/alert/${alert}`, clear.headline)
  // Nothing answers any more.
  const again = alertTo(ALL, all, { ...EVACUATION, headline: 'Gebäude Ruhrstraße noch einmal verlassen' })
  await people.alert(LEAD, again)
  await open(staff, `/alert/${again.id}`, EVACUATION.next_step)
  await deployment.kill('b', 'homeserver')
  await staff.see('Kein Standort antwortet')
  await take(staff, 'alert-no-site')
  await deployment.kill('b')
  await staff.page.setOfflineMode(true)
  await staff.see('Kein Netz')
  await take(staff, 'alert-offline')
  await staff.tap('Bin in Sicherheit')
  await staff.see('Gespeichert auf diesem Gerät')
  await staff.top()
  await take(staff, 'alert-offline-answered')
  await visit(staff, 'lage-offline', '/', 'Kein Netz')
  await staff.tap('Kein Netz')
  await staff.see('Was Sie tun')
  await take(staff, 'connection-offline')
  await open(staff, `/rooms/${team}`, 'Kein Netz')
  await staff.fill('Nachricht an', 'Ich gehe wieder zum Sammelplatz.')
  await staff.tap('Senden')
  await staff.see('wartet auf Verbindung')
  await take(staff, 'room-offline')
  await staff.tap('Ändern', 'Ich gehe wieder zum Sammelplatz.')
  await staff.see('Niemand hat sie gelesen.')
  await take(staff, 'room-item')
  await staff.tap('Text ändern')
  await take(staff, 'room-item-edit')
  await visit(staff, 'outbox', '/connection', 'Ich gehe wieder zum Sammelplatz.')
  await staff.tap('Nicht senden', 'Ich gehe wieder zum Sammelplatz.')
  await staff.see('Niemand wird ihn lesen.')
  await take(staff, 'outbox-remove')
}
