// A worker changes the PIN on the tablet's own page; from then on only the new one opens it. Real browser, real keys.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { kTabletSizes, lookAtTabletScreen, openBrowser, openPage, wordsAreLargeAndWhole } from './browser.mjs'
import { kPin, Story } from './district.mjs'
import { enterPin, isAnswer } from './tablet.mjs'

const kNewPin = '1357902468'
const kSmallestTextPx = 16
const story = new Story()
let browser
let tablet

before(async () => {
  browser = await openBrowser()
  await story.prepare()
  await story.startServer()
  const address = await story.startTablet()
  tablet = await openPage(browser, kTabletSizes[0], (message) => isAnswer(message, 403, '/api/pin') || isAnswer(message, 403, '/api/unlock'))
  await tablet.goto(address)
  await enterPin(tablet, kPin)
  await tablet.locator('.td .next').waitFor()
  await tablet.goto(`${new URL(address).origin}/#/more`)
})
after(async () => {
  await browser?.close()
  await story.end()
})

async function fill(old, next, again = next) {
  await tablet.getByLabel('现在的密码').fill(old)
  await tablet.getByLabel('新密码（六位以上数字）').fill(next)
  await tablet.getByLabel('再输一次新密码').fill(again)
  await tablet.getByRole('button', { name: '换成新密码' }).click()
}
const told = (words) => tablet.getByRole('alert').filter({ hasText: words }).waitFor()

test('what is typed wrong is said and changes nothing', async () => {
  await tablet.getByRole('button', { name: '更换密码' }).click()
  assert.ok(await tablet.getByLabel('现在的密码').evaluate((field) => field === document.activeElement), 'the first field waits for the PIN')
  await fill('', kNewPin)
  await told('请先输入现在的密码')
  await fill(kPin, '12345')
  await told('六位以上')
  await fill(kPin, kNewPin, '135790246')
  await told('两次输入的新密码不一样')
  await fill('999999', kNewPin)
  await told('密码不对。还可以试 9 次')
  await lookAtTabletScreen(tablet, 'change-pin', 48)
  await wordsAreLargeAndWhole(tablet, '.add', kSmallestTextPx, 'change-pin')
})

test('after the change only the new PIN opens the tablet', async () => {
  await fill(kPin, kNewPin)
  await tablet.getByText('密码已更换，下次用新密码打开。').waitFor()
  await lookAtTabletScreen(tablet, 'change-pin-done', 48)
  await tablet.getByRole('button', { name: '锁上' }).click()
  await tablet.getByRole('dialog').getByRole('button', { name: '锁上' }).click()
  await enterPin(tablet, kPin)
  await told('密码不对')
  await enterPin(tablet, kNewPin)
  await tablet.getByRole('button', { name: '更换密码' }).waitFor()
  assert.deepEqual(tablet.errors, [])
})
