import { describe, expect, it } from 'vitest'
import { splitPhones } from '../../../../src/app/phones.ts'

const numbers = (text: string) => splitPhones(text).flatMap(({ text: shown, tel }) => (tel ? [[shown, tel]] : []))

describe('BOOK-5 telephone numbers in a text', () => {
  it.each([
    ['Rufen Sie an: 0221 4710 250.', '0221 4710 250', 'tel:02214710250'],
    ['Zentrale (030) 23125-140, Pforte', '(030) 23125-140', 'tel:03023125140'],
    ['From abroad +49 (0)30 23125 140', '+49 (0)30 23125 140', 'tel:+493023125140'],
    ['Rufen Sie 112 an, wenn es brennt.', '112', 'tel:112'],
    ['Feuerwehr rufen: 112', '112', 'tel:112'],
    ['Notruf 110.', '110', 'tel:110'],
  ])('%s', (text, shown, tel) => expect(numbers(text)).toEqual([[shown, tel]]))

  it('finds each of several', () => {
    expect(numbers('Jana Lindhorst, 0171 39200 40. Vertretung: Deniz Aydemir, 030 23125 118 / 0171 39200 18.')).toEqual(
      [
        ['0171 39200 40', 'tel:01713920040'],
        ['030 23125 118', 'tel:03023125118'],
        ['0171 39200 18', 'tel:01713920018'],
      ],
    )
  })

  it.each([
    'DIN VDE 0833-2',
    'BSI-Standard 200-4, ASR A2.3',
    'am 01.02.2026 um 09:00',
    '112 Personen gezählt',
    'Treffen in Raum 112.',
    'Die 115 kennt ihn',
    'nach 24 Stunden',
    'Aktenzeichen X0221 4710 250',
    '1,0221471025',
  ])('is none: %s', (text) => expect(numbers(text)).toEqual([]))

  it('takes nothing away from the text', () => {
    const text = 'Rufen Sie 112 an oder 0221 4710 250. Danke.'
    expect(
      splitPhones(text)
        .map((piece) => piece.text)
        .join(''),
    ).toBe(text)
  })
})
