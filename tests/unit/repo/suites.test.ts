import { describe, expect, it } from 'vitest'
import { countsOf, failuresOf, type Report } from '../../support/suites.ts'

const report = (more: Partial<Report> = {}): Report => ({
  numPassedTests: 3,
  numFailedTests: 0,
  numPendingTests: 1,
  numTodoTests: 1,
  testResults: [],
  ...more,
})

const test = (status: string, fullName = 'a test', why = '') => ({
  fullName,
  status,
  failureMessages: why ? [why] : [],
})
const file = (status: string, assertionResults: ReturnType<typeof test>[], message = '') => ({
  name: 'tests/a.test.ts',
  status,
  message,
  assertionResults,
})

describe('npm test counts', () => {
  it('takes the counts of a run that went well, skipped and planned tests together', () => {
    expect(countsOf(report(), 0)).toEqual({ passed: 3, failed: 0, skipped: 2 })
  })
  it('counts failed tests', () => {
    const testResults = [file('failed', [test('failed'), test('passed')])]
    expect(countsOf(report({ numFailedTests: 1, testResults }), 1)).toEqual({ passed: 3, failed: 1, skipped: 2 })
  })
  it('counts a file that broke outside its tests as one more', () => {
    const testResults = [file('failed', [test('failed')]), file('failed', [])]
    expect(countsOf(report({ numFailedTests: 1, testResults }), 1).failed).toBe(2)
  })
  it('takes an error outside of all tests for a failure', () => {
    expect(countsOf(report(), 1).failed).toBe(1)
  })
  it('takes a run that found no test for a failure', () => {
    expect(countsOf(report({ numPassedTests: 0, numPendingTests: 0, numTodoTests: 0 }), 0).failed).toBe(1)
  })
  it('takes a run without a report for a failure', () => {
    expect(countsOf(null, 0)).toEqual({ passed: 0, failed: 1, skipped: 0 })
  })
})

describe('npm test tells at its end', () => {
  it('which tests failed and why, and nothing of the others', () => {
    const testResults = [
      file('failed', [test('failed', 'OUT-1 keeps', 'expected 1'), test('passed')]),
      file('passed', []),
    ]
    expect(failuresOf(report({ testResults }))).toEqual(['tests/a.test.ts: OUT-1 keeps\nexpected 1'])
  })
  it('why a file broke outside its tests', () => {
    const testResults = [file('failed', [], 'SyntaxError')]
    expect(failuresOf(report({ testResults }))).toEqual(['tests/a.test.ts: SyntaxError'])
  })
})
