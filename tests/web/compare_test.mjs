// 名单比对 in a real browser against the real server: upload, compare, explain, hand to a grid, with pictures.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { lookAtDesk, openDesk } from './desk.mjs'
import { Story } from './district.mjs'

const kHead = '姓名,身份证号,户编号,备注\n'
const kPoor = `${kHead}李建国,990101197009050139,,\n赵强,990101195211110175,,\n孙丽,99010119600715022X,,\n"<img src=x onerror=""window.hostile=1"">",,09,\n`
const kDibao = `${kHead}李建国,990101197009050139,,\n孙莉,99010119600715022X,,\n钱进,990101196303040156,,\n`
const story = new Story()
let browser
let desk

before(async () => {
  await story.prepare()
  await story.startServer()
  ;({ browser, desk } = await openDesk(story))
  await desk.getByRole('link', { name: '名单比对' }).click()
})
after(async () => {
  await browser?.close()
  await story.end()
})

async function choose(label, ...names) {
  await desk.locator('label', { hasText: label }).locator('.el-select').click()
  for (const name of names) await desk.getByRole('option', { name, exact: true }).click()
  await desk.keyboard.press('Escape')
  // A list that is still closing offers its options too.
  await desk.getByRole('option').filter({ visible: true }).first().waitFor({ state: 'hidden' })
}

async function upload(kind, name, text) {
  const file = join(story.root, name)
  writeFileSync(file, text)
  await desk.getByRole('button', { name: '上传名单' }).click()
  await choose('名单种类', kind)
  await desk.locator('input[type=file]').setInputFiles(file)
  await desk.getByRole('button', { name: '上传并检查' }).click()
}

test('an empty screen says what to do first', async () => {
  await desk.getByText('还没有比对过').waitFor()
  await lookAtDesk(desk, 'compare-empty')
})

test('a list with lost numbers is refused with row and reason, a good one is taken', async () => {
  await upload('建档立卡', 'lost.csv', `${kHead}李建国,9.90101E+17,,\n`)
  await desk.getByText('第 2 行 身份证号').waitFor()
  await desk.getByText('名单没有读入').waitFor()
  await lookAtDesk(desk, 'compare-refused')
  await upload('建档立卡', 'poor.csv', kPoor)
  await desk.locator('.pill', { hasText: '建档立卡' }).waitFor()
  await upload('低保', 'dibao.csv', kDibao)
  await desk.locator('.pill', { hasText: '低保' }).waitFor()
})

test('two lists are compared and their findings shown', async () => {
  await choose('以这份名单为准', '建档立卡')
  await choose('和这些名单比', '低保')
  await desk.getByRole('button', { name: '开始比对' }).click()
  await desk.locator('tbody tr').first().waitFor()
  assert.equal(await desk.locator('tbody tr').count(), 5)
  await lookAtDesk(desk, 'compare-findings')
})

test('an explained finding leaves the open ones, another becomes a lead', async () => {
  await desk.locator('tbody tr', { hasText: '姓名不一致' }).getByRole('button', { name: '说明' }).click()
  await desk.getByRole('button', { name: '确认说明' }).click()
  await desk.getByText('请写说明。').waitFor()
  await desk.locator('#finding textarea').fill('曾用名，户口本已核对')
  await lookAtDesk(desk, 'compare-explain')
  await desk.getByRole('button', { name: '确认说明' }).click()
  await desk.locator('tbody tr', { hasText: '姓名不一致' }).waitFor({ state: 'detached' })
  await desk.locator('tbody tr', { hasText: '赵强' }).getByRole('button', { name: '交网格核实' }).click()
  await desk.locator('#finding .el-select').click()
  await desk.getByRole('option').first().click()
  await lookAtDesk(desk, 'compare-lead')
  await desk.getByRole('button', { name: '交给网格' }).click()
  await desk.locator('tbody tr', { hasText: '赵强' }).waitFor({ state: 'detached' })
  await choose('处理', '全部')
  await desk.getByRole('link', { name: '看线索' }).waitFor()
  await lookAtDesk(desk, 'compare-decided')
  await desk.getByRole('button', { name: 'English' }).click()
  await desk.getByText('with a grid').first().waitFor()
  await lookAtDesk(desk, 'compare-english')
  assert.deepEqual(desk.errors, [])
})
