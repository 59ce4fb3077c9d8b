//! The typed handles that an application uses: regions, and names and endpoints of tables, clusters, buckets and records.
//! Not here: the handles' types (`polyregion::handle`).

use std::collections::{BTreeMap, BTreeSet};

use polyregion_model::given;
use polyregion_model::syntax::{Document, Form};
use polyregion_model::{Address, ClusterRole, Kind, Node, Region, Resource, Topology};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};

use crate::findings::Findings;
use crate::given::FromProgram;

/// The resources of each item.
type ByItem<'a> = BTreeMap<(Kind, &'a str), Vec<&'a Resource>>;

/// The handles of everything that was parsed. Without a topology (there were errors) their contents are empty.
pub(crate) fn handles(
    document: &Document,
    topology: Option<&Topology>,
    from_program: &FromProgram,
    findings: &Findings,
) -> TokenStream {
    let regions = labels(document, findings);
    let region_enum = region_enum(&regions, topology, from_program);
    let mut resources: ByItem<'_> = BTreeMap::new();
    for resource in topology.into_iter().flat_map(Topology::resources) {
        resources.entry(resource.address.item()).or_default().push(resource);
    }
    let records: BTreeMap<String, String> =
        topology.map(Topology::record_names).unwrap_or_default().into_iter().collect();
    let kinds = [
        (Kind::Record, "records", "Record", "The records."),
        (Kind::Table, "tables", "Table", "The DynamoDB tables."),
        (Kind::Cluster, "clusters", "Cluster", "The Aurora global databases."),
        (Kind::Bucket, "buckets", "Bucket", "The buckets."),
    ];
    let modules = kinds.into_iter().map(|(kind, module, handle, docs)| {
        let (module, handle) = (format_ident!("{module}"), format_ident!("{handle}"));
        let mut seen = BTreeSet::new();
        let mut constants: Vec<TokenStream> = Vec::new();
        for entry in document.entries.iter().filter(|entry| entry.keyword.value == kind.keyword()) {
            let Some(label) = entry.label.as_ref().filter(|label| is_usable(label)) else { continue };
            if seen.insert(label.as_str()) {
                let resources = resources.get(&(kind, label.as_str())).map(Vec::as_slice).unwrap_or_default();
                let name = Ident::new(&label.value.to_uppercase(), findings.span(label.id));
                let record = records.get(label.as_str()).filter(|_| kind == Kind::Record);
                let named = resources.iter().filter_map(|resource| resource.kind.name());
                let mut names = record.into_iter().map(String::as_str).chain(named);
                constants.push(if names.all(given::is_known) {
                    constant(kind, &name, &entry.docs, (resources, record.map(String::as_str)), &regions)
                } else {
                    unnamed(&name)
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
    let mut seen = BTreeSet::new();
    let mut labels = Vec::new();
    let entry = document.entries.iter().find(|entry| entry.keyword.value == "regions");
    for pair in entry.into_iter().flat_map(|entry| &entry.body) {
        let Form::Pair(label, code) = &pair.form else { continue };
        let Some(label) = label.word().filter(is_usable) else { continue };
        // `us1` and `us_1` would be one variant, which a rule reports.
        if seen.insert(label.value.replace('_', "")) {
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
    let place = |label: &Label| Region::from_code(&label.code);
    let mut sorted: Vec<&Label> = labels.iter().collect();
    // What is not known comes last, in the order declared.
    sorted.sort_by_key(|label| {
        let way = place(from).zip(place(label)).and_then(|(one, other)| one.round_trip_ms(other));
        (from.name != label.name, way.unwrap_or(u64::MAX))
    });
    sorted
}

fn region_enum(labels: &[Label], topology: Option<&Topology>, from_program: &FromProgram) -> TokenStream {
    let count = labels.len();
    let account = from_program.account.clone().unwrap_or_else(|| {
        let account = topology.map(Topology::account).unwrap_or_default();
        quote! { #account }
    });
    let partition = topology.map(Topology::partition);
    let (partition, suffix) =
        partition.map_or(("", ""), |partition| (partition.id(), partition.dns_suffix()));
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

fn constant(
    kind: Kind,
    name: &Ident,
    docs: &str,
    (resources, record): (&[&Resource], Option<&str>),
    labels: &[Label],
) -> TokenStream {
    let region = |address: &Address| {
        let label = address.region.as_deref().unwrap_or_default();
        let span =
            labels.iter().find(|known| known.name == label).map_or_else(Span::call_site, |known| known.span);
        let variant = variant(label, span);
        quote! { super::Region::#variant }
    };
    let (handle, generics, arguments) = match kind {
        Kind::Record => {
            let record = record.unwrap_or_default();
            ("Record", TokenStream::new(), quote! { #record })
        }
        Kind::Table => {
            let mut table = String::new();
            let mut regions = Vec::new();
            for resource in resources {
                let home = resource.kind.as_table().map(|table| &table.name);
                if let Some(name) = home.or_else(|| resource.kind.as_replica().map(|replica| &replica.name)) {
                    table.clone_from(name);
                    regions.push(region(&resource.address));
                }
            }
            ("Table", quote! { <super::Region> }, quote! { #table, &[#(#regions),*] })
        }
        Kind::Cluster => {
            let mut primary = Vec::new();
            let mut secondaries = Vec::new();
            let mut global = String::new();
            let mut port = 0;
            for resource in resources {
                if let Some(cluster) = resource.kind.as_global_cluster() {
                    global.clone_from(&cluster.identifier);
                    port = cluster.engine.port();
                }
                if let Some(cluster) = resource.kind.as_cluster() {
                    let region = region(&resource.address);
                    let identifier = &cluster.identifier;
                    let pair = quote! { (#region, #identifier) };
                    match cluster.role {
                        ClusterRole::Primary { .. } => primary.push(pair),
                        ClusterRole::Secondary => secondaries.push(pair),
                    }
                }
            }
            (
                "Cluster",
                quote! { <super::Region> },
                quote! { #global, #port, &[#(#primary,)* #(#secondaries),*] },
            )
        }
        Kind::Bucket => {
            let pairs = resources.iter().filter_map(|resource| {
                let name = &resource.kind.as_bucket()?.name;
                let region = region(&resource.address);
                Some(quote! { (#region, #name) })
            });
            ("Bucket", quote! { <super::Region> }, quote! { &[#(#pairs),*] })
        }
        // Applications don't talk to these.
        Kind::Zone | Kind::HealthCheck | Kind::CidrCollection | Kind::Service => return TokenStream::new(),
    };
    let handle = format_ident!("{handle}");
    // A topology may have ten thousand of these, so each has no more tokens than it must.
    let docs = (!docs.is_empty()).then(|| quote! { #[doc = #docs] });
    quote! { #docs pub const #name: #handle #generics = #handle::new(#arguments); }
}
