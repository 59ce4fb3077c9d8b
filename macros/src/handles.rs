//! The typed handles that an application uses: regions, and names and endpoints of tables, clusters, buckets and records.
//! Not here: the handles' types (`polyregion::handle`).

use polyregion_model::given;
use polyregion_model::handles::{self, Handle};
use polyregion_model::seen::{ByText, Seen, joined};
use polyregion_model::syntax::{Document, Form};
use polyregion_model::{Kind, Node, Region, Spec};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};

use crate::findings::Findings;
use crate::given::FromProgram;

/// The handles of everything that was parsed. Without a spec (there were errors) what they hold is empty, but for regions.
pub(crate) fn handles(
    document: &Document,
    spec: Option<&Spec>,
    from_program: &FromProgram,
    findings: &Findings,
) -> TokenStream {
    let regions = labels(document, findings);
    let region_enum = region_enum(&regions, spec, from_program);
    let mut known: ByText<Handle> = ByText::default();
    for (kind, label, handle) in spec.map(handles::handles).unwrap_or_default() {
        known.or_insert(joined(kind.keyword(), label), handle);
    }
    let kinds = [
        (Kind::Record, "records", "Record", "The records."),
        (Kind::Table, "tables", "Table", "The DynamoDB tables."),
        (Kind::Cluster, "clusters", "Cluster", "The Aurora global databases."),
        (Kind::Bucket, "buckets", "Bucket", "The buckets."),
    ];
    let modules = kinds.into_iter().map(|(kind, module, handle, docs)| {
        let (module, handle) = (format_ident!("{module}"), format_ident!("{handle}"));
        let mut seen = Seen::default();
        let mut constants: Vec<TokenStream> = Vec::new();
        for entry in document.entries.iter().filter(|entry| entry.keyword.value == kind.keyword()) {
            let Some(label) = entry.label.as_ref().filter(|label| is_usable(label)) else { continue };
            if seen.first(label.value.clone(), label.id).is_none() {
                let name = Ident::new(&label.value.to_uppercase(), findings.span(label.id));
                let found = known.get(&joined(kind.keyword(), label.as_str()));
                constants.push(match found {
                    Some(found)
                        if found.names().into_iter().all(given::is_known)
                            && !given::is_key_given(entry, "port") =>
                    {
                        constant(&name, &entry.docs, found, &regions)
                    }
                    // There are errors: an empty handle keeps its uses from making more.
                    None if spec.is_none() => empty(kind, &name, &entry.docs),
                    Some(_) | None => unnamed(&name),
                });
            }
        }
        if constants.is_empty() {
            return TokenStream::new();
        }
        quote! {
            #[doc = #docs]
            #[allow(missing_docs, unused_imports, reason = "what the topology does not document has no documentation here, and what has no name no type")]
            pub mod #module {
                use ::polyregion::handle::#handle;
                #(#constants)*
            }
        }
    });
    quote! { #region_enum #(#modules)* }
}

/// Whether a label can be a name in Rust; if not, a rule reports it.
fn is_usable(label: &Node<String>) -> bool {
    polyregion_model::name::check_label(label.as_str()).is_ok()
}

/// The handle of what has no name before the program starts.
fn unnamed(name: &Ident) -> TokenStream {
    let docs = "Its name depends on values of the program: `topology()` knows it.";
    quote! { #[doc = #docs] pub const #name: ::polyregion::handle::Unnamed = ::polyregion::handle::Unnamed; }
}

/// A region as declared: its label, where that was written, and its code.
struct Label {
    name: String,
    span: Span,
    code: String,
}

/// The labels of the regions, each once.
fn labels(document: &Document, findings: &Findings) -> Vec<Label> {
    let mut seen = Seen::default();
    let mut labels = Vec::new();
    let entry = document.entries.iter().find(|entry| entry.keyword.value == "regions");
    for pair in entry.into_iter().flat_map(|entry| &entry.body) {
        let Form::Pair(label, code) = &pair.form else { continue };
        let Some(label) = label.word().filter(is_usable) else { continue };
        // `us1` and `us_1` would be one variant, which a rule reports.
        if seen.first(label.value.replace('_', ""), label.id).is_none() {
            let code = code.word().map(|code| code.value.replace('_', "-")).unwrap_or_default();
            labels.push(Label { span: findings.span(label.id), name: label.value, code });
        }
    }
    labels
}

/// `us_east` as a variant: `UsEast`, at the label's span, so that editors find it.
fn variant(label: &str, span: Span) -> Ident {
    let camel: String = label
        .split('_')
        .map(|word| {
            let mut chars = word.chars();
            chars
                .next()
                .map(|first| first.to_ascii_uppercase().to_string() + chars.as_str())
                .unwrap_or_default()
        })
        .collect();
    Ident::new(&camel, span)
}

/// The labels by their round trip from one of them.
fn by_distance<'a>(from: &'a Label, labels: &'a [Label]) -> Vec<&'a Label> {
    // What is not known comes last, in the order declared.
    let way = |label: &Label| {
        let place = |label: &Label| Region::from_code(&label.code);
        let way = place(from).zip(place(label)).and_then(|(one, other)| one.round_trip_ms(other));
        (from.name != label.name, way.unwrap_or(u64::MAX))
    };
    // Sorted by hand: each type that is sorted costs rustc another copy of the sort.
    let mut sorted: Vec<&Label> = Vec::new();
    for label in labels {
        sorted.insert(sorted.partition_point(|nearer| way(nearer) <= way(label)), label);
    }
    sorted
}

fn region_enum(labels: &[Label], spec: Option<&Spec>, from_program: &FromProgram) -> TokenStream {
    let count = labels.len();
    let account = from_program.account.clone().unwrap_or_else(|| {
        let account = spec.map(|spec| spec.account.as_str()).unwrap_or_default();
        quote! { #account }
    });
    let region = labels.iter().find_map(|label| Region::from_code(&label.code));
    let (partition, suffix) = region.map_or(("", ""), |region| {
        let partition = region.info().partition;
        (partition.id(), partition.dns_suffix())
    });
    let sorted = labels.iter().map(|from| {
        let sorted = by_distance(from, labels).into_iter().map(|label| variant(&label.name, label.span));
        quote! { &[#(Region::#sorted),*] }
    });
    let variants: Vec<Ident> = labels.iter().map(|label| variant(&label.name, label.span)).collect();
    let names: Vec<&String> = labels.iter().map(|label| &label.name).collect();
    let codes: Vec<&String> = labels.iter().map(|label| &label.code).collect();
    let docs: Vec<String> = codes.iter().map(|code| format!("`{code}`.")).collect();
    quote! {
        /// The regions of this topology.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Region {
            #(#[doc = #docs] #variants,)*
        }

        impl Region {
            /// Every region, in the order declared.
            pub const ALL: [Region; #count] = [#(Region::#variants),*];
        }

        impl ::polyregion::handle::RegionLabel for Region {
            fn label(self) -> &'static str {
                match self { #(Region::#variants => #names,)* }
            }

            fn code(self) -> &'static str {
                match self { #(Region::#variants => #codes,)* }
            }

            const ACCOUNT: &'static str = #account;
            const PARTITION: &'static str = #partition;
            const DNS_SUFFIX: &'static str = #suffix;

            fn by_distance(self) -> &'static [Self] {
                match self { #(Region::#variants => #sorted,)* }
            }
        }
    }
}

/// The handle of what is declared in a topology with errors, so that no second error appears where it is used.
fn empty(kind: Kind, name: &Ident, docs: &str) -> TokenStream {
    let handle = match kind {
        Kind::Record => Handle::Record(String::new()),
        Kind::Table => Handle::Table(String::new(), Vec::new()),
        Kind::Cluster => Handle::Cluster { global: String::new(), port: 0, members: Vec::new() },
        Kind::Bucket => Handle::Bucket(Vec::new()),
        // Applications don't talk to these.
        Kind::Zone | Kind::HealthCheck | Kind::CidrCollection | Kind::Service => return TokenStream::new(),
    };
    constant(name, docs, &handle, &[])
}

fn constant(name: &Ident, docs: &str, handle: &Handle, labels: &[Label]) -> TokenStream {
    let region = |label: &String| {
        let known = labels.iter().find(|known| known.name == *label);
        let variant = variant(label, known.map_or_else(Span::call_site, |known| known.span));
        quote! { super::Region::#variant }
    };
    let pairs = |pairs: &[(String, String)]| {
        let pairs = pairs.iter().map(|(label, name)| {
            let region = region(label);
            quote! { (#region, #name) }
        });
        quote! { &[#(#pairs),*] }
    };
    let in_regions = || quote! { <super::Region> };
    let (handle, generics, arguments) = match handle {
        Handle::Record(record) => ("Record", TokenStream::new(), quote! { #record }),
        Handle::Table(table, regions) => {
            let regions = regions.iter().map(region);
            ("Table", in_regions(), quote! { #table, &[#(#regions),*] })
        }
        Handle::Cluster { global, port, members } => {
            let members = pairs(members);
            ("Cluster", in_regions(), quote! { #global, #port, #members })
        }
        Handle::Bucket(buckets) => ("Bucket", in_regions(), pairs(buckets)),
    };
    let handle = format_ident!("{handle}");
    // A topology may have ten thousand of these, so each has no more tokens than it must.
    let docs = (!docs.is_empty()).then(|| quote! { #[doc = #docs] });
    quote! { #docs pub const #name: #handle #generics = #handle::new(#arguments); }
}
