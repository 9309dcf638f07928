// Households and people no roster knew, recorded at the door.
#include "field_client/client/parts.hpp"
#include "field_client/work/lead_writer.hpp"
#include "field_client/work/likeness.hpp"
#include "shared/domain/identity_number.hpp"

namespace doudi::field {
namespace {

Value text_or_null(const std::string& text) {
  return text.empty() ? Value{} : Value{text};
}

Status check_texts(std::initializer_list<const std::string*> texts) {
  for (const std::string* text : texts) DOUDI_TRY(check_length(*text));
  return {};
}

// The number says birth and sex better than a form does; a wrong one is not written at all.
Result<std::string> read_id_number(NewPerson& person, CivilDate today) {
  if (person.id_number.empty()) return std::string();
  const auto number = domain::check_identity_number(person.id_number, today);
  if (number.verdict != domain::IdentityVerdict::valid)
    return Error{"field.id_number", "the ID number is wrong; leave it empty if it is not at hand"};
  person.birth = number.birth_date;
  person.sex = static_cast<int>(number.sex);
  return number.normalized;
}

}  // namespace

Result<Added> Field::add_household(const NewHousehold& household) {
  Added added;
  {
    const std::lock_guard lock(parts_->mutex);
    DOUDI_TRY(parts_->require_open());
    if (household.door.empty()) return Error{"field.door_needed", "say which door it is"};
    DOUDI_TRY(check_texts({&household.door, &household.address, &household.phone, &household.note}));
    DOUDI_ASSIGN(const Grid grid, parts_->grid());
    if (grid.id.is_nil() || grid.handed_over)
      return Error{"field.grid_handed_over", "this tablet has no grid to add to"};
    Store& store = *parts_->store;
    DOUDI_ASSIGN(added.alike, alike_households(store.connection(), household));
    if (!added.alike.empty() && !household.confirmed) return added;
    const Uuid id = new_id(parts_->options.clock);
    DOUDI_ASSIGN(const std::int64_t order,
                 store.connection().integer("SELECT coalesce(max(door_order), 0) + 1 FROM household"));
    const auto saved = store.save(
        {"household", id}, [] { return sync::Lane::ordinary; },
        [&](RowWriter& writer) {
          return writer.insert("household", id,
                               {{"grid", sql::to_value(grid.id)},
                                {"door", household.door},
                                {"door_order", order},
                                {"address", household.address.empty() ? household.door : household.address},
                                {"phone", text_or_null(household.phone)},
                                {"enrolled_on", sql::to_value(parts_->today())},
                                {"note", text_or_null(household.note)}});
        });
    if (!saved.ok()) return saved.error();
    added.id = id;
    parts_->board_stale = true;
  }
  parts_->wake_driver();
  return added;
}

Result<Added> Field::add_person(const NewPerson& given) {
  Added added;
  {
    const std::lock_guard lock(parts_->mutex);
    DOUDI_TRY(parts_->require_open());
    DOUDI_TRY(parts_->load_board());
    NewPerson person = given;
    if (person.name.empty()) return Error{"field.name_needed", "say who it is"};
    DOUDI_TRY(check_texts({&person.name, &person.phone, &person.relation}));
    DOUDI_ASSIGN(const std::string id_number, read_id_number(person, parts_->today()));
    const auto& texts = parts_->board->data().household_texts;
    const auto household = texts.find(person.household);
    if (household == texts.end())
      return Error{"field.unknown_household", "this household is not on the tablet"};
    DOUDI_TRY(parts_->require_held(person.household));
    Store& store = *parts_->store;
    DOUDI_ASSIGN(added.alike, alike_people(store.connection(), person, id_number));
    if (!added.alike.empty() && !person.confirmed) return added;
    DOUDI_ASSIGN(
        const std::int64_t members,
        store.connection().integer("SELECT count(*) FROM person WHERE household = $1 AND deleted = 0",
                                   sql::params(person.household)));
    const Uuid id = new_id(parts_->options.clock);
    const auto saved = store.save(
        {"person", person.household}, [] { return sync::Lane::ordinary; },
        [&](RowWriter& writer) {
          return writer.insert("person", id,
                               {{"grid", sql::to_value(household->second.grid)},
                                {"household", sql::to_value(person.household)},
                                {"name", person.name},
                                {"sex", std::int64_t{person.sex}},
                                {"birth", sql::to_value(person.birth)},
                                {"id_number", text_or_null(id_number)},
                                {"relation", members == 0 ? std::string("head") : person.relation},
                                {"is_head", sql::to_value(members == 0)},
                                {"phone", text_or_null(person.phone)}});
        });
    if (!saved.ok()) return saved.error();
    added.id = id;
    parts_->board_stale = true;
  }
  parts_->wake_driver();
  return added;
}

}  // namespace doudi::field
