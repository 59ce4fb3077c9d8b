//! What a program gives its topology: the types of inputs, and what Rust expressions may be. Not here: what is done with it (the
//! model's `given`).

use std::fmt;
use std::str::FromStr;

pub use core::primitive::{bool, f64, u32};
pub use std::net::{Ipv4Addr, Ipv6Addr};
pub use std::string::String;
pub use std::time::Duration;

use polyregion_model::given::Given;
use polyregion_model::name::check_host;

/// A host's name, as records point to and health checks ask: `api.example.com`. Letters, digits, hyphens and underscores in labels that
/// neither begin nor end with a hyphen; no address.
///
/// ```
/// use polyregion::input::DnsName;
///
/// let name: DnsName = "api.example.com".parse()?;
/// assert!("no spaces.example.com".parse::<DnsName>().is_err());
/// # Ok::<(), polyregion::input::NotADnsName>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DnsName(String);

/// Why text is no [`DnsName`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotADnsName {
    text: String,
    why: &'static str,
}

impl fmt::Display for NotADnsName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not the name of a host: {}; write one like `api.example.com`", self.text, self.why)
    }
}

impl std::error::Error for NotADnsName {}

impl FromStr for DnsName {
    type Err = NotADnsName;

    fn from_str(text: &str) -> Result<Self, NotADnsName> {
        let refuse = |why: &'static str| Err(NotADnsName { text: text.to_owned(), why });
        if let Err(why) = check_host(text) {
            return refuse(why);
        }
        if text.split('.').any(|label| label.starts_with('-') || label.ends_with('-')) {
            return refuse("a label begins or ends with a hyphen");
        }
        if text.parse::<Ipv4Addr>().is_ok() {
            return refuse("it is an address");
        }
        Ok(Self(text.to_owned()))
    }
}

impl DnsName {
    /// The name, as it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DnsName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What an input of any type gives the topology.
#[doc(hidden)]
pub trait Input {
    fn given(self) -> Given;
}

macro_rules! inputs {
    ($($type:ty: $value:ident => $given:expr;)*) => {$(
        impl Input for $type {
            fn given(self) -> Given {
                let $value = self;
                $given
            }
        }
    )*};
}

inputs! {
    DnsName: name => Given::Text(name.0);
    Ipv4Addr: address => Given::Text(address.to_string());
    Ipv6Addr: address => Given::Text(address.to_string());
    String: text => Given::Text(text);
    u32: number => Given::Whole(number.into());
    f64: number => Given::Number(number);
    Duration: duration => Given::Duration(duration);
    bool: flag => Given::Flag(flag);
}

/// Rust's whole numbers.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "a whole number goes here, and `{Self}` is none",
    label = "not a whole number"
)]
pub trait Whole {
    fn whole(self) -> Given;
}

/// Rust's numbers.
#[doc(hidden)]
#[diagnostic::on_unimplemented(message = "a number goes here, and `{Self}` is none", label = "not a number")]
pub trait Number {
    fn number(self) -> Given;
}

macro_rules! whole_numbers {
    ($($type:ty)*) => {$(
        impl Whole for $type {
            fn whole(self) -> Given {
                // The widest of them are made with `as`, which is exact, as they have no `From`.
                Given::Whole(self as i128)
            }
        }

        impl Number for $type {
            fn number(self) -> Given {
                self.whole()
            }
        }
    )*};
}

whole_numbers! { u8 u16 u32 u64 usize i8 i16 i32 i64 isize }

impl Number for f64 {
    fn number(self) -> Given {
        Given::Number(self)
    }
}

/// A constant where text goes.
#[doc(hidden)]
pub fn text(text: &str) -> Given {
    Given::Text(text.to_owned())
}

/// A constant where a whole number goes.
#[doc(hidden)]
pub fn whole(number: impl Whole) -> Given {
    number.whole()
}

/// A constant where a number goes.
#[doc(hidden)]
pub fn number(number: impl Number) -> Given {
    number.number()
}

/// A constant where a duration goes.
#[doc(hidden)]
pub fn duration(duration: Duration) -> Given {
    Given::Duration(duration)
}

/// A constant where `true` or `false` goes.
#[doc(hidden)]
pub fn flag(flag: bool) -> Given {
    Given::Flag(flag)
}
