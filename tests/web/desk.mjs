// The console of a running district, signed in, and how each of its screens is looked at.
import assert from 'node:assert/strict'
import { buttonsAreLarge, kConsoleSize, nothingWiderThanTheWindow, openBrowser, openPage, picture, textIsInert } from './browser.mjs'
import { kReviewer } from './district.mjs'

export async function signIn(page) {
  await page.locator('input[type=password]').waitFor()
  await page.locator('input:not([type=password])').first().fill(kReviewer.login)
  await page.locator('input[type=password]').fill(kReviewer.password)
  await page.getByRole('button', { name: /登录/ }).click()
  await page.getByRole('link', { name: '值守' }).first().waitFor()
}

// Before signing in the page is told 401; `allowed` names what else belongs to the story.
export async function openDesk(story, allowed = () => false) {
  const browser = await openBrowser()
  const desk = await openPage(browser, kConsoleSize, (message) => message.text().includes('401') || allowed(message))
  await desk.goto(story.url)
  await signIn(desk)
  return { browser, desk }
}

// A rule for another table once tore the head of one from its body.
async function headsStandOverTheirColumns(desk, where) {
  const torn = await desk.evaluate(() => [...document.querySelectorAll('main table')].flatMap((table) => {
    const row = [...table.querySelectorAll('tbody tr')].find((one) => one.checkVisibility() && ![...one.cells].some((cell) => cell.colSpan > 1))
    const heads = [...table.querySelectorAll('thead th')]
    if (!row || heads.length !== row.cells.length) return []
    return heads.filter((head, n) => Math.abs(head.getBoundingClientRect().left - row.cells[n].getBoundingClientRect().left) > 1).map((head) => head.textContent)
  }))
  assert.deepEqual(torn, [], `${where}: heads beside their columns`)
}

export async function lookAtDesk(desk, name) {
  await picture(desk, name)
  await headsStandOverTheirColumns(desk, name)
  await nothingWiderThanTheWindow(desk, name)
  await buttonsAreLarge(desk, 24, name)
  await textIsInert(desk, name)
}
