// 网格交接 and 冲突与合并 in a real browser against the real server, with pictures: a grid changes hands by mouse.
import { after, before, test } from 'node:test'
import { buttonsAreLarge, kConsoleSize, nothingWiderThanTheWindow, openBrowser, openPage, picture, textIsInert } from './browser.mjs'
import { kReviewer, Story } from './district.mjs'

const story = new Story()
let browser
let desk

before(async () => {
  await story.prepare()
  await story.startServer()
  browser = await openBrowser()
  desk = await openPage(browser, kConsoleSize, (message) => message.text().includes('401'))
  await desk.goto(story.url)
  await desk.locator('input:not([type=password])').first().fill(kReviewer.login)
  await desk.locator('input[type=password]').fill(kReviewer.password)
  await desk.getByRole('button', { name: /登录/ }).click()
})
after(async () => {
  await browser?.close()
  await story.end()
})

async function look(name) {
  await picture(desk, name)
  await nothingWiderThanTheWindow(desk, name)
  await buttonsAreLarge(desk, 24, name)
  await textIsInert(desk, name)
}

test('nothing to decide says so', async () => {
  await desk.getByRole('link', { name: '冲突与合并' }).click()
  await desk.getByRole('heading', { name: '冲突与合并' }).waitFor()
  await desk.locator('.none').first().waitFor()
  await look('conflicts-empty')
})

test('a grid is handed to another worker and the list shows it', async () => {
  await desk.getByRole('link', { name: '网格交接' }).click()
  const first = desk.locator('tbody tr').first()
  await first.waitFor()
  await look('handover')
  const code = await first.locator('td').first().innerText()
  await first.getByRole('button').click()
  await desk.getByRole('dialog').waitFor()
  await look('handover-dialog')
  await desk.locator('#handover .el-select').last().click()
  const receiver = desk.getByRole('option').filter({ visible: true }).first()
  const name = (await receiver.innerText()).split('（')[0]
  await receiver.click()
  await desk.locator('button[form=handover]').click()
  await desk.getByRole('dialog').waitFor({ state: 'hidden' })
  await desk.locator('tbody tr', { hasText: code }).filter({ hasText: name }).waitFor()
  await look('handover-done')
})
