//! Secondary indexes in the SDK's types, and back. Not here: making and deleting them (`execute`).

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::{
    AttributeDefinition, CreateGlobalSecondaryIndexAction, GlobalSecondaryIndex, IndexStatus,
    KeySchemaElement, KeyType, LocalSecondaryIndex, OnDemandThroughput, Projection, ProjectionType,
    ScalarAttributeType, TableDescription, UpdateGlobalSecondaryIndexAction,
};
use aws_smithy_types::error::operation::BuildError;
use polyregion_model::{self as model, Index, KeyAttribute, Table};

use super::table_settings;
use crate::attribute::{Attributes, Field, Value};
use crate::desired::index_capacity;

/// The schema of a key.
pub(super) fn schema<'a>(
    key: impl IntoIterator<Item = &'a KeyAttribute>,
    sort_key: impl IntoIterator<Item = &'a KeyAttribute>,
) -> Result<Vec<KeySchemaElement>, BuildError> {
    let hash = key.into_iter().map(|attribute| (attribute, KeyType::Hash));
    let range = sort_key.into_iter().map(|attribute| (attribute, KeyType::Range));
    let element = |(attribute, role): (&KeyAttribute, KeyType)| {
        KeySchemaElement::builder().attribute_name(&attribute.name).key_type(role).build()
    };
    hash.chain(range).map(element).collect()
}

/// The definitions of all key attributes of a table and of some of its indexes, each once: DynamoDB refuses others (DDB-007).
pub(super) fn definitions<'a>(
    table: &'a Table,
    indexes: impl IntoIterator<Item = &'a Index>,
) -> Result<Vec<AttributeDefinition>, BuildError> {
    let own = std::iter::once(&table.key).chain(&table.sort_key);
    let others = indexes.into_iter().flat_map(|index| index.key.iter().chain(&index.sort_key));
    let types: BTreeMap<&str, model::KeyType> =
        own.chain(others).map(|attribute| (attribute.name.as_str(), attribute.key_type)).collect();
    let definition = |(name, key_type): (&str, model::KeyType)| {
        let kind = ScalarAttributeType::from(key_type.name());
        AttributeDefinition::builder().attribute_name(name).attribute_type(kind).build()
    };
    types.into_iter().map(definition).collect()
}

fn projection(index: &Index) -> Projection {
    let (kind, attributes) = match &index.project {
        model::Projection::All => (ProjectionType::All, None),
        model::Projection::Keys => (ProjectionType::KeysOnly, None),
        model::Projection::Include(attributes) => (ProjectionType::Include, Some(attributes.clone())),
    };
    Projection::builder().projection_type(kind).set_non_key_attributes(attributes).build()
}

/// The limits of an index that has some.
fn limits(index: &Index) -> Option<OnDemandThroughput> {
    table_settings::limits(&index.capacity, |field| index.capacity.contains_key(&field))
}

/// Gives an index these limits as they are declared, and takes away what is declared no more.
pub(super) fn limited(
    name: &str,
    index: &Index,
    is_sent: impl Fn(Field) -> bool,
) -> Result<UpdateGlobalSecondaryIndexAction, BuildError> {
    let limits = table_settings::limits(&index.capacity, is_sent);
    UpdateGlobalSecondaryIndexAction::builder().index_name(name).set_on_demand_throughput(limits).build()
}

/// A global index that is made with its table.
pub(super) fn global(name: &str, index: &Index) -> Result<GlobalSecondaryIndex, BuildError> {
    GlobalSecondaryIndex::builder()
        .index_name(name)
        .set_key_schema(Some(schema(&index.key, &index.sort_key)?))
        .projection(projection(index))
        .set_on_demand_throughput(limits(index))
        .build()
}

/// A local index, which is made with its table.
pub(super) fn local(name: &str, index: &Index) -> Result<LocalSecondaryIndex, BuildError> {
    LocalSecondaryIndex::builder()
        .index_name(name)
        .set_key_schema(Some(schema(&index.key, &index.sort_key)?))
        .projection(projection(index))
        .build()
}

/// A global index that is added to a table.
pub(super) fn added(name: &str, index: &Index) -> Result<CreateGlobalSecondaryIndexAction, BuildError> {
    CreateGlobalSecondaryIndexAction::builder()
        .index_name(name)
        .set_key_schema(Some(schema(&index.key, &index.sort_key)?))
        .projection(projection(index))
        .set_on_demand_throughput(limits(index))
        .build()
}

/// A key attribute as the model writes it. What it has no word for is shown as a question.
pub(super) fn attribute_text(types: &[AttributeDefinition], name: &str) -> String {
    let found = types.iter().find(|definition| definition.attribute_name() == name);
    format!("{name}: {}", found.map_or("?", |definition| definition.attribute_type().as_str()))
}

/// The indexes of a table as attributes have them; none if it has none. One that is going is gone.
pub(super) fn read(table: &TableDescription) -> Option<Value> {
    let going = |status: Option<&IndexStatus>| status == Some(&IndexStatus::Deleting);
    let globals = table.global_secondary_indexes().iter().filter(|index| !going(index.index_status()));
    let globals = globals.map(|index| (false, index.index_name(), index.key_schema(), index.projection()));
    let locals = table.local_secondary_indexes().iter();
    let locals = locals.map(|index| (true, index.index_name(), index.key_schema(), index.projection()));
    let found: BTreeMap<String, String> = globals
        .chain(locals)
        .filter_map(|(local, name, keys, projection)| {
            let part = |role: KeyType| {
                let keys = keys.iter().filter(move |key| *key.key_type() == role);
                keys.map(|key| key_attribute(table, key)).collect::<Option<Vec<KeyAttribute>>>()
            };
            let index = Index {
                local,
                key: part(KeyType::Hash)?,
                sort_key: part(KeyType::Range)?,
                project: match projection?.projection_type()?.as_str() {
                    "ALL" => model::Projection::All,
                    "KEYS_ONLY" => model::Projection::Keys,
                    // INCLUDE. A kind that this version does not know is none that it makes.
                    _ => {
                        let mut attributes = projection?.non_key_attributes().to_vec();
                        attributes.sort();
                        model::Projection::Include(attributes)
                    }
                },
                // That is an attribute of its own.
                capacity: Attributes::new(),
            };
            Some((name?.to_owned(), index.to_string()))
        })
        .collect();
    (!found.is_empty()).then_some(Value::Map(found))
}

/// How much is read from and written to the indexes of a table, where that is limited.
pub(super) fn read_capacity(table: &TableDescription) -> Option<Value> {
    let indexes = table.global_secondary_indexes().iter();
    let found: BTreeMap<String, String> = indexes
        .flat_map(|index| {
            let limits = table_settings::read_limits(index.on_demand_throughput());
            index_capacity(index.index_name().unwrap_or_default(), &limits)
        })
        .collect();
    (!found.is_empty()).then_some(Value::Map(found))
}

fn key_attribute(table: &TableDescription, key: &KeySchemaElement) -> Option<KeyAttribute> {
    let mut types = table.attribute_definitions().iter();
    let found = types.find(|definition| definition.attribute_name() == key.attribute_name())?;
    let known = model::KeyType::ALL.into_iter();
    let key_type = known.into_iter().find(|known| known.name() == found.attribute_type().as_str())?;
    Some(KeyAttribute { name: key.attribute_name().to_owned(), key_type })
}

/// What an index is doing, if one is not at rest.
pub(super) fn transition(table: &TableDescription) -> Option<String> {
    let mut moving = table.global_secondary_indexes().iter().filter_map(|index| {
        let status = index.index_status().filter(|status| **status != IndexStatus::Active)?;
        Some(format!("index {} {}", index.index_name().unwrap_or("?"), status.as_str()))
    });
    moving.next()
}
