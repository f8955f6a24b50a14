// SPDX-License-Identifier: Apache-2.0
// A hospital's directory, small enough to be read and with what makes names hard: several readings, sounds alike, other languages.
#pragma once
#include <cordboard/directory.hpp>
#include <doctest/doctest.h>
#include <string>

namespace cordboard {

inline constexpr std::string_view hospital_csv =
    "id,kind,name,other_names,department,title,specialities,languages,numbers\n"
    "8001,department,急诊科,Emergency; 急救中心,,,抢救; 创伤,,8001\n"
    "8004,department,放射科,Radiology; 影像科,,,CT; 核磁共振; X光,,8004; 8021 20:00-08:00\n"
    "8005,department,检验科,Laboratory; 化验室,,,血常规,,8005\n"
    "8006,department,药房,Pharmacy,,,,,8006\n"
    "8007,department,重症医学科,ICU; Intensive Care,,,,,8007\n"
    "8008,department,方舱医院,,,,,,8008\n"
    "8009,department,妇产科,Obstetrics and Gynaecology,,,,,8009\n"
    "8010,department,呼吸内科,Respiratory Medicine,,,,,8010 told; 010-62345678 told\n"
    "d11,place,挂号处,Registration Desk,,,,,8011; 4008001234\n"
    "p1,person,张伟,Zhang Wei,放射科,主任医师,CT; 介入,English,8021; 13800138001 internal\n"
    "p2,person,章薇,,检验科,技师,,,8022\n"
    "p3,person,单丽,Shan Li,8001,护士长,,,8023\n"
    "p4,person,曾国强,,8001,主治医师,创伤,,8024\n"
    "p5,person,仇文,,8007,住院医师,,,8025; 13900139002 internal\n"
    "p6,person,查良镛,,8010,主任医师,哮喘,,8026\n"
    "p7,person,尉迟恭,,8010,医师,,,8027\n"
    "p8,person,吕芳,Lü Fang,8009,医师,,,8028\n"
    "p9,person,方舍,,8006,药师,,,8029\n"
    "p10,person,长孙无忌,,8009,医师,,,8030\n";

inline const number_plan in_beijing{"010", "0", 4};

inline directory hospital(std::string_view roster = {}) {
  const auto loaded = directory::read(hospital_csv, roster, {in_beijing, "Asia/Shanghai"});
  for (const auto& p : loaded.problems) MESSAGE(describe(p, "hospital.csv", language::en));
  for (const auto& p : loaded.roster_problems) MESSAGE(describe(p, "roster.csv", language::en));
  REQUIRE(loaded.problems.empty());
  REQUIRE(loaded.roster_problems.empty());
  return loaded.value;
}

}  // namespace cordboard
