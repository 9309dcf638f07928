// See the header.
#include "tools/sample_district/names.hpp"

#include <array>

namespace doudi::sample {
namespace {

using std::string_view_literals::operator""sv;

// The most frequent ones stand several times, so that picking evenly gives a natural mix.
constexpr std::array kSurnames{
    "王"sv, "王"sv, "王"sv, "王"sv, "李"sv, "李"sv, "李"sv, "李"sv, "张"sv, "张"sv, "张"sv, "张"sv,
    "刘"sv, "刘"sv, "刘"sv, "陈"sv, "陈"sv, "杨"sv, "杨"sv, "赵"sv, "赵"sv, "黄"sv, "周"sv, "吴"sv,
    "徐"sv, "孙"sv, "孙"sv, "马"sv, "马"sv, "朱"sv, "胡"sv, "郭"sv, "何"sv, "林"sv, "高"sv, "高"sv,
    "梁"sv, "郑"sv, "罗"sv, "宋"sv, "宋"sv, "谢"sv, "唐"sv, "韩"sv, "韩"sv, "曹"sv, "许"sv, "邓"sv,
    "萧"sv, "冯"sv, "曾"sv, "程"sv, "蔡"sv, "彭"sv, "潘"sv, "袁"sv, "于"sv, "于"sv, "董"sv, "余"sv,
    "苏"sv, "叶"sv, "吕"sv, "魏"sv, "蒋"sv, "田"sv, "杜"sv, "丁"sv, "沈"sv, "姜"sv, "范"sv, "江"sv,
    "傅"sv, "钟"sv, "卢"sv, "汪"sv, "戴"sv, "崔"sv, "任"sv, "陆"sv, "廖"sv, "姚"sv, "方"sv, "金"sv,
    "邱"sv, "夏"sv, "谭"sv, "韦"sv, "贾"sv, "邹"sv, "石"sv, "熊"sv, "孟"sv, "秦"sv, "阎"sv, "薛"sv,
    "侯"sv, "雷"sv, "白"sv, "龙"sv, "段"sv, "郝"sv, "孔"sv, "邵"sv, "史"sv, "毛"sv, "常"sv, "万"sv,
    "顾"sv, "赖"sv, "武"sv, "康"sv, "贺"sv, "严"sv, "尹"sv, "钱"sv, "施"sv, "牛"sv, "洪"sv, "龚"sv};
// Special readings and two characters.
constexpr std::array kUnusualSurnames{"单"sv, "解"sv,   "仇"sv,   "查"sv,   "区"sv,   "乐"sv,
                                      "盖"sv, "华"sv,   "朴"sv,   "逄"sv,   "缪"sv,   "冼"sv,
                                      "佟"sv, "欧阳"sv, "司马"sv, "尉迟"sv, "上官"sv, "诸葛"sv};
constexpr std::array kElderMale{"国"sv, "建"sv, "德"sv, "福"sv, "贵"sv, "金"sv, "宝"sv, "树"sv,
                                "庆"sv, "志"sv, "玉"sv, "长"sv, "振"sv, "忠"sv, "永"sv, "春"sv,
                                "万"sv, "洪"sv, "文"sv, "广"sv, "绍"sv, "荣"sv, "义"sv, "祥"sv};
constexpr std::array kElderFemale{"桂"sv, "秀"sv, "淑"sv, "玉"sv, "兰"sv, "英"sv, "珍"sv, "芳"sv,
                                  "凤"sv, "素"sv, "琴"sv, "荣"sv, "华"sv, "敏"sv, "惠"sv, "翠"sv,
                                  "云"sv, "霞"sv, "芬"sv, "莲"sv, "香"sv, "梅"sv, "贞"sv, "娥"sv};
constexpr std::array kAdultMale{"伟"sv, "强"sv, "军"sv, "勇"sv, "磊"sv, "涛"sv, "明"sv, "超"sv,
                                "刚"sv, "平"sv, "辉"sv, "鹏"sv, "杰"sv, "峰"sv, "斌"sv, "凯"sv,
                                "波"sv, "亮"sv, "健"sv, "宁"sv, "浩"sv, "博"sv, "志"sv, "海"sv};
constexpr std::array kAdultFemale{"静"sv, "丽"sv, "娟"sv, "艳"sv, "敏"sv, "娜"sv, "燕"sv, "玲"sv,
                                  "婷"sv, "雪"sv, "倩"sv, "洁"sv, "莉"sv, "晶"sv, "颖"sv, "慧"sv,
                                  "欣"sv, "琳"sv, "妍"sv, "萍"sv, "红"sv, "蕾"sv, "晓"sv, "佳"sv};
constexpr std::array kChildMale{"梓"sv, "轩"sv, "浩"sv, "宇"sv, "泽"sv, "子"sv, "涵"sv, "睿"sv,
                                "辰"sv, "一"sv, "诺"sv, "然"sv, "俊"sv, "熙"sv, "铭"sv, "皓"sv,
                                "博"sv, "文"sv, "嘉"sv, "航"sv, "奕"sv, "霖"sv, "晨"sv, "瑞"sv};
constexpr std::array kChildFemale{"欣"sv, "怡"sv, "诗"sv, "涵"sv, "梓"sv, "萱"sv, "雨"sv, "桐"sv,
                                  "可"sv, "馨"sv, "语"sv, "嫣"sv, "思"sv, "琪"sv, "佳"sv, "宁"sv,
                                  "若"sv, "汐"sv, "艺"sv, "彤"sv, "悦"sv, "瑶"sv, "妍"sv, "子"sv};
constexpr std::array kMinorityMale{"买买提·艾力"sv, "吐尔逊·阿不都拉"sv, "艾尼瓦尔·买买提"sv, "巴特尔·苏和"sv,
                                   "多吉·扎西"sv};
constexpr std::array kMinorityFemale{"古丽娜尔·买买提"sv, "阿依古丽·吐尔逊"sv, "热孜万古丽·艾山"sv,
                                     "卓玛·央金"sv, "乌云·其其格"sv};
constexpr std::array kRareGiven{"\U0002CB4E"sv, "\U0002C386"sv, "\U0002B36F"sv, "文\U00023E23"sv,
                                "\U0002C029"sv};

struct Generation {
  std::span<const std::string_view> male;
  std::span<const std::string_view> female;
};

Generation generation_of(int birth_year) {
  if (birth_year < 1968) return {kElderMale, kElderFemale};
  if (birth_year < 2003) return {kAdultMale, kAdultFemale};
  return {kChildMale, kChildFemale};
}

}  // namespace

std::string_view make_surname(Chance& chance) {
  return chance.in_thousand(40) ? chance.pick(kUnusualSurnames) : chance.pick(kSurnames);
}

std::string make_given_name(Chance& chance, Sex sex, int birth_year) {
  const Generation generation = generation_of(birth_year);
  const auto characters = sex == Sex::male ? generation.male : generation.female;
  const std::string_view first = chance.pick(characters);
  // One character was the fashion of those born 1975–2000.
  const int single = birth_year >= 1975 && birth_year < 2003 ? 450 : 120;
  if (chance.in_thousand(single)) return std::string(first);
  std::string_view second = chance.pick(characters);
  while (second == first) second = chance.pick(characters);
  return std::string(first).append(second);
}

std::string_view make_minority_name(Chance& chance, Sex sex) {
  return sex == Sex::male ? chance.pick(kMinorityMale) : chance.pick(kMinorityFemale);
}

std::string_view make_rare_given_name(Chance& chance) {
  return chance.pick(kRareGiven);
}

}  // namespace doudi::sample
