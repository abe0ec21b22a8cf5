// @vitest-environment happy-dom
import { mount } from '@vue/test-utils'
import { beforeEach, describe, expect, it } from 'vitest'
import ContactRow from '../../../../src/app/components/handbook/ContactRow.vue'
import PlaybookPage from '../../../../src/app/components/handbook/PlaybookPage.vue'
import { createWords } from '../../../../src/app/i18n.ts'
import type { Contact } from '../../../../src/core/handbook.ts'

const global = { plugins: [createWords('de')] }
beforeEach(() => document.body.replaceChildren())
const page = (markdown: string) =>
  mount(PlaybookPage, { props: { markdown, lang: 'de' }, global, attachTo: document.body })

describe('text of a plan', () => {
  it('BOOK-7 shows a measure with its place in the plan and its parts by name', () => {
    const screen = page('- [ ] **Notstrom prüfen** {#a}\n  - Rolle: Haustechnik\n  - Zeit: sofort\n- [ ] B {#b}\n')
    const task = screen.get('[aria-label="Aufgabe 1 von 2"]')
    expect(task.get('h3').text()).toBe('Notstrom prüfen')
    expect(task.findAll('dt').map((dt) => dt.text())).toEqual(['Rolle', 'Zeit'])
    expect(task.findAll('dd').map((dd) => dd.text())).toEqual(['Haustechnik', 'sofort'])
    expect(screen.find('input').exists()).toBe(false)
  })

  it('BOOK-6 draws nothing but text, lists, emphasis and safe links from hostile text', () => {
    const screen = page(
      '<script>window.hurt = 1</script>\n\n<img src=x onerror="window.hurt = 1">\n\n[Klick](javascript:window.hurt=1) ' +
        '[Merkblatt](https://evil.example "onclick=x") ![x](https://evil.example/p.png)\n\n<style>body{display:none}</style>\n',
    )
    const text = screen.get('.text').element
    expect([...new Set([...text.querySelectorAll('*')].map((e) => e.tagName))].toSorted()).toEqual([
      'A',
      'BDI',
      'DIV',
      'P',
    ])
    const [link, ...others] = text.querySelectorAll('a')
    expect(others).toEqual([])
    expect(link?.textContent).toBe('Merkblatt (https://evil.example)')
    expect(link?.getAttributeNames().toSorted()).toEqual(['class', 'href', 'rel', 'target'])
    expect(text.textContent).toContain('<script>window.hurt = 1</script>')
  })

  it.each(['constructor', 'toString'])('BOOK-7 takes a label like any other: %s', (label) => {
    const screen = page(`- [ ] A {#a}\n  - ${label}: x\n`)
    expect(screen.get('dt').text()).toBe(label)
    expect(screen.get('dd').text()).toBe('x')
  })

  it('BOOK-5 makes numbers in the text dial', () => {
    const screen = page('Rufen Sie an: **0221 4710 220**.')
    expect(screen.get('a').attributes('href')).toBe('tel:02214710220')
    expect(screen.get('a').text()).toBe('0221 4710 220')
  })

  it('goes to a chapter and puts the focus on its heading', async () => {
    const screen = page('## 1 Sofort\n\nA\n\n## 2 Danach\n\nB\n')
    const chapter = screen.findAll('nav li button')[1]!
    expect(chapter.text()).toBe('2 Danach')
    await chapter.trigger('click')
    expect(document.activeElement?.textContent).toBe('2 Danach')
    expect(screen.find('[aria-current=location]').text()).toBe('2 Danach')
  })
})

describe('contact', () => {
  const row = (contact: Partial<Contact>, deputies: string[] = []) =>
    mount(ContactRow, { props: { contact: { role: 'Pforte', phones: [], ...contact }, deputies }, global })

  it('has the role before the name, and who stands in', () => {
    const screen = row({ name: 'Tag und Nacht' }, ['Karin Wolter'])
    expect(screen.findAll('p').map((p) => p.text())).toEqual(['Pforte', 'Tag und Nacht', 'Vertretung: Karin Wolter'])
  })

  it('BOOK-5 shows the number as written and one button that calls it by name', () => {
    const screen = row({ phones: ['+49 (0)30 23125 100', '0171 39200 10'] })
    expect(screen.findAll('.way').map((a) => [a.text(), a.attributes('href')])).toEqual([
      ['+49 (0)30 23125 100', 'tel:+493023125100'],
      ['0171 39200 10', 'tel:01713920010'],
    ])
    const button = screen.get('.call')
    expect(button.attributes()).toMatchObject({
      href: 'tel:+493023125100',
      'aria-label': 'Pforte anrufen, +49 (0)30 23125 100',
    })
  })

  it('BOOK-5 has no link where there is nothing to dial', () => {
    const screen = row({ phones: ['über Funk'] })
    expect(screen.findAll('a')).toHaveLength(0)
    expect(screen.text()).toContain('über Funk')
  })

  it.each(['x@a.example?bcc=evil@b.example', 'javascript:x', 'a@b.example,c@d.example'])(
    'an address that is more than one address is only text: %s',
    (email) => {
      const screen = row({ email })
      expect(screen.findAll('a')).toHaveLength(0)
      expect(screen.text()).toContain(email)
    },
  )
})
