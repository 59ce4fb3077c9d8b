//! The places that Route 53 tells users by. Not here: who gets which answer.

mod table;

use self::table::{CONTINENTS, COUNTRIES, SUBDIVISIONS};
use crate::rule::did_you_mean;
use crate::spec::LocationSpec;
use crate::text::joined_by;

/// Why Route 53 does not know a place, if it doesn't.
pub(crate) fn refuse(location: &LocationSpec) -> Option<String> {
    match location {
        LocationSpec::Default => None,
        LocationSpec::Continent(code) if CONTINENTS.iter().any(|(known, _)| known == code) => None,
        LocationSpec::Continent(code) => {
            let mut known = Vec::new();
            for (code, name) in CONTINENTS {
                known.push(format!("{code} ({name})"));
            }
            Some(format!("no continent has the code `{code}`; they are {}", joined_by(&known, ", ")))
        }
        LocationSpec::Country(code) if COUNTRIES.contains(&code.as_str()) => None,
        LocationSpec::Country(code) => {
            let hint = did_you_mean(&code.to_ascii_uppercase(), &COUNTRIES);
            Some(format!("Route 53 knows no country `{code}`{hint}"))
        }
        LocationSpec::Subdivision(country, code) => {
            let mut codes = Vec::new();
            for (known, code) in SUBDIVISIONS {
                if known == country {
                    codes.push(code);
                }
            }
            if codes.is_empty() {
                return Some(format!("Route 53 knows subdivisions of the US only, not of `{country}`"));
            }
            let hint = did_you_mean(&code.to_ascii_uppercase(), &codes);
            let unknown = || format!("Route 53 knows no subdivision `{code}` of {country}{hint}");
            (!codes.contains(&code.as_str())).then(unknown)
        }
    }
}

/// A place as a set identifier, an address's part and a message name it.
pub(crate) fn slug(location: &LocationSpec) -> String {
    match location {
        LocationSpec::Continent(code) => format!("continent-{}", code.to_ascii_lowercase()),
        LocationSpec::Country(code) => format!("country-{}", code.to_ascii_lowercase()),
        LocationSpec::Subdivision(country, code) => {
            format!("subdivision-{}-{}", country.to_ascii_lowercase(), code.to_ascii_lowercase())
        }
        LocationSpec::Default => "default".to_owned(),
    }
}
