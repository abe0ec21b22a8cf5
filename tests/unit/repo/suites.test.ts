import { describe, expect, it } from 'vitest'
import { countsOf, type Report } from '../../support/suites.ts'

const report = (more: Partial<Report> = {}): Report => ({
  numPassedTests: 3,
  numFailedTests: 0,
  numPendingTests: 1,
  numTodoTests: 1,
  testResults: [],
  ...more,
})

describe('npm test counts', () => {
  it('takes the counts of a run that went well, skipped and planned tests together', () => {
    expect(countsOf(report(), 0)).toEqual({ passed: 3, failed: 0, skipped: 2 })
  })
  it('counts failed tests', () => {
    const testResults = [{ status: 'failed', assertionResults: [{ status: 'failed' }, { status: 'passed' }] }]
    expect(countsOf(report({ numFailedTests: 1, testResults }), 1)).toEqual({ passed: 3, failed: 1, skipped: 2 })
  })
  it('counts a file that broke outside its tests as one more', () => {
    const testResults = [
      { status: 'failed', assertionResults: [{ status: 'failed' }] },
      { status: 'failed', assertionResults: [] },
    ]
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
