//! The typed handles that an application uses: regions, and names and endpoints of tables, clusters, buckets and records.
//! Not here: the handles' types (`polyregion::handle`).

use std::collections::BTreeSet;

use polyregion_model::{Address, ClusterRole, Kind, Resource, Topology};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};

use crate::ast::{Ast, ItemAst};

/// The handles of everything that was parsed. Without a topology (there were errors) their contents are empty.
pub(crate) fn handles(ast: &Ast, topology: Option<&Topology>) -> TokenStream {
    let regions = region_enum(ast);
    let kinds = [
        (Kind::Record, format_ident!("records"), "The records."),
        (Kind::Table, format_ident!("tables"), "The DynamoDB tables."),
        (Kind::Cluster, format_ident!("clusters"), "The Aurora global databases."),
        (Kind::Bucket, format_ident!("buckets"), "The mirrored buckets."),
    ];
    let modules = kinds.into_iter().map(|(kind, module, docs)| {
        let mut seen = BTreeSet::new();
        let constants: Vec<TokenStream> = ast
            .items
            .iter()
            .filter(|item| item.kind == kind && is_usable(&item.label) && seen.insert(item.label.to_string()))
            .map(|item| constant(item, ast, topology))
            .collect();
        if constants.is_empty() {
            return TokenStream::new();
        }
        quote! {
            #[doc = #docs]
            pub mod #module {
                #(#constants)*
            }
        }
    });
    quote! { #regions #(#modules)* }
}

/// Whether a label can be a name in Rust; if not, a rule reports it.
fn is_usable(label: &Ident) -> bool {
    polyregion_model::name::check_label(&label.to_string()).is_ok()
}

/// The labels of the regions, each once.
fn labels(ast: &Ast) -> Vec<(Ident, String)> {
    let mut seen = BTreeSet::new();
    let fields = ast.regions.first().map(|(_, fields)| fields.as_slice()).unwrap_or_default();
    fields
        .iter()
        .filter(|field| is_usable(&field.key) && seen.insert(field.key.to_string()))
        .map(|field| {
            let code: String = field.value.tokens.iter().map(ToString::to_string).collect();
            (field.key.clone(), code.replace('_', "-"))
        })
        .collect()
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

fn region_enum(ast: &Ast) -> TokenStream {
    let labels = labels(ast);
    let count = labels.len();
    let variants: Vec<Ident> =
        labels.iter().map(|(label, _)| variant(&label.to_string(), label.span())).collect();
    let names: Vec<String> = labels.iter().map(|(label, _)| label.to_string()).collect();
    let codes: Vec<&String> = labels.iter().map(|(_, code)| code).collect();
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
        }
    }
}

fn constant(item: &ItemAst, ast: &Ast, topology: Option<&Topology>) -> TokenStream {
    let name = Ident::new(&item.label.to_string().to_uppercase(), item.label.span());
    let docs =
        if item.docs.is_empty() { format!("`{} {}`.", item.kind, item.label) } else { item.docs.clone() };
    let label = item.label.to_string();
    let resources: Vec<&Resource> = topology
        .map(|topology| {
            topology.resources().iter().filter(|resource| belongs(&resource.address, item.kind, &label))
        })
        .into_iter()
        .flatten()
        .collect();
    let region = |address: &Address| {
        let label = address.region.as_deref().unwrap_or_default();
        let span = labels(ast)
            .iter()
            .find(|(known, _)| known == label)
            .map_or_else(Span::call_site, |(known, _)| known.span());
        let variant = variant(label, span);
        quote! { super::Region::#variant }
    };
    let (handle, generics, arguments) = match item.kind {
        Kind::Record => {
            let record = resources.iter().find_map(|resource| resource.kind.as_record_set());
            let record = record.map(|record| record.name.clone()).unwrap_or_default();
            ("Record", TokenStream::new(), quote! { #record })
        }
        Kind::Table => {
            let mut table = String::new();
            let mut regions = Vec::new();
            for resource in &resources {
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
            for resource in &resources {
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
        Kind::Zone | Kind::HealthCheck => return TokenStream::new(),
    };
    let path = quote! { ::polyregion::handle };
    let handle = format_ident!("{handle}");
    quote! {
        #[doc = #docs]
        pub const #name: #path::#handle #generics = #path::#handle::new(#arguments);
    }
}

fn belongs(address: &Address, kind: Kind, label: &str) -> bool {
    address.kind == kind && address.label == label
}
