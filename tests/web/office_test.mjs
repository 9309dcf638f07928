// A lead that came while the console heard nothing is told late. 网格交接 and 冲突与合并 in a real browser against the real server, with pictures: a grid changes hands by mouse.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { lookAtDesk, openDesk } from './desk.mjs'
import { Story } from './district.mjs'

const story = new Story()
let browser
let desk

before(async () => {
  await story.prepare()
  await story.startServer()
  ;({ browser, desk } = await openDesk(story))
})
after(async () => {
  await browser?.close()
  await story.end()
})

test('a lead that comes while the stream of events is broken is told when it is back', async () => {
  await story.enrol('tablet', story.duties[0].worker)
  const { due: [first] } = await story.field('tablet', ['due'])
  await desk.route('**/v1/events', (route) => route.abort())
  await desk.reload()
  await desk.getByText('没有在办的事').waitFor()
  await story.field('tablet', ['lead', '--household', first.household, '--category', '急难·断粮', '--grade', '1', '--description', '家里没有吃的'])
  await story.field('tablet', ['sync'])
  assert.doesNotMatch(await desk.title(), /^\(/, 'the page has not heard of it')
  await desk.unroute('**/v1/events')
  await desk.waitForFunction(() => document.title.startsWith('(1) '))
  await desk.locator('.dt').getByText('断粮').waitFor()
})

test('nothing to decide says so', async () => {
  await desk.getByRole('link', { name: '冲突与合并' }).click()
  await desk.getByRole('heading', { name: '冲突与合并' }).waitFor()
  await desk.locator('.none').first().waitFor()
  await lookAtDesk(desk, 'conflicts-empty')
})

test('a grid is handed to another worker and the list shows it', async () => {
  await desk.getByRole('link', { name: '网格交接' }).click()
  const first = desk.locator('tbody tr').first()
  await first.waitFor()
  await lookAtDesk(desk, 'handover')
  const code = await first.locator('td').first().innerText()
  await first.getByRole('button').click()
  await desk.getByRole('dialog').waitFor()
  await lookAtDesk(desk, 'handover-dialog')
  await desk.locator('#handover .el-select').last().click()
  const receiver = desk.getByRole('option').filter({ visible: true }).first()
  const name = (await receiver.innerText()).split('（')[0]
  await receiver.click()
  await desk.locator('button[form=handover]').click()
  await desk.getByRole('dialog').waitFor({ state: 'hidden' })
  await desk.locator('tbody tr', { hasText: code }).filter({ hasText: name }).waitFor()
  await lookAtDesk(desk, 'handover-done')
})
