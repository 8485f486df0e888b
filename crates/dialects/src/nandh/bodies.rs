//! What each call reads of its body and its query, for the description.

use super::routes::Call;

/// Members of a body: name and type, `!` where it is required. A dot stands for an object, `[]` for a
/// list of them.
pub type Members = &'static [&'static str];

const ORDER: Members = &[
    "store_id:integer!",
    "pickup_id:integer!",
    "receiver.customer_id:integer",
    "receiver.country:string",
    "receiver.fullname:string",
    "receiver.phone:string",
    "receiver.email:string",
    "receiver.address:string",
    "receiver.address2:string",
    "receiver.zipcode:string",
    "receiver.province_name:string",
    "receiver.district_name:string",
    "receiver.ward_name:string",
    "receiver.province_id:integer",
    "receiver.district_id:integer",
    "receiver.ward_id:integer",
    "receiver.lat:number",
    "receiver.lng:number",
    "payments[].status:integer!",
    "payments[].method:integer!",
    "payments[].amount:number!",
    "discounts[].code:string!",
    "discounts[].amount:number!",
    "fees[].code:string!",
    "fees[].amount:number!",
    "items[].sku:string!",
    "items[].sale_price:number!",
    "items[].discounted_price:number!",
    "items[].quantity:integer!",
    "config.order_type:string!",
    "config.approve:integer!",
    "config.preview:integer!",
    "config.use_insurance:integer",
    "config.fulfill_now:integer",
    "config.delivery_service:string",
    "config.courier_integration_id:integer",
    "config.courier_id:integer",
    "config.box_dimension:integer",
    "config.additional_services:string",
    "config.tax_paid_by:string",
    "config.fee_paid_by:string",
    "extra_info.note:string",
    "extra_info.packaging_note:string",
    "extra_info.order_number:string",
    "extra_info.estimated_departure_time:integer",
    "extra_info.partner_created_time:integer",
    "extra_info.partner_id:string",
    "extra_info.partner_courier_tracking_code:string",
    "extra_info.partner_priority_fulfillment:integer",
    "extra_info.partner_escrow_time:integer",
    "extra_info.sorting_code:string",
    "extra_info.tax_info:object",
    "extra_info.inspection:integer",
    "extra_info.email_created:string",
    "extra_info.email_updated:string",
    "documents[].name:string!",
    "documents[].quantity:integer",
    "documents[].doc_type:string",
    "documents[].url:string!",
    "currency:string",
    "total_amount:number",
];

const ITEM: Members = &[
    "sku:string!",
    "name:string!",
    "weight:integer!",
    "package_length:number!",
    "package_width:number!",
    "package_height:number!",
    "product_brand:integer",
    "product_category:integer!",
    "unit:integer!",
    "cost:number!",
    "sale_price:number!",
    "is_serial_number:integer!",
    "is_batch_control:integer!",
    "is_bubble_wrap:integer!",
    "is_kraft_paper:integer!",
    "is_fragile:integer!",
    "is_high_value:integer",
    "min_shelf_life_inbound:integer!",
    "min_shelf_life_outbound:integer!",
    "min_stock_warning:integer",
    "material:string!",
    "product_type:string!",
    "storage_method:string!",
    "outbound_strategy:string!",
    "info.description:string",
    "images[].image_url:string",
    "documents[]:string",
    "barcode_list[].barcode:string",
    "config.create_inventory_stock:boolean",
];

const PRODUCT: Members = &[
    "store_id:integer!",
    "sku:string!",
    "name:string!",
    "sale_price:number!",
    "discounted_price:number",
    "product_category:integer",
    "product_brand:integer",
    "unit:integer",
    "weight:integer",
    "package_length:number",
    "package_width:number",
    "package_height:number",
    "info.description:string",
    "images[].image_url:string",
    "barcode_list[].barcode:string",
    "config.create_inventory:boolean",
];

const PREVIEW: Members = &[
    "pickup_id:integer!",
    "courier_id:integer",
    "receiver.country:string",
    "receiver.province_id:integer",
    "receiver.province_name:string",
    "receiver.district_id:integer",
    "receiver.district_name:string",
    "receiver.ward_id:integer",
    "receiver.ward_name:string",
    "receiver.address:string",
    "items[].sku:string!",
    "items[].quantity:integer!",
    "items[].sale_price:number",
    "weight:integer",
    "volume:string",
    "box_dimension:integer",
    "cod_amount:number",
    "use_insurance:integer",
];

const RETURN: Members = &[
    "order_tracking_code:string!",
    "return_address:integer!",
    "reason_type:string!",
    "reason:string",
    "pickup.customer_id:integer",
    "pickup.fullname:string",
    "pickup.phone:string",
    "pickup.country:string",
    "pickup.email:string",
    "pickup.address:string",
    "pickup.zipcode:string",
    "pickup.province_id:integer",
    "pickup.district_id:integer",
    "pickup.ward_id:integer",
    "return_items[].sku:string!",
    "return_items[].sale_price:string!",
    "return_items[].return_quantity:integer!",
    "return_items[].order_item_id:integer!",
    "config.delivery_service:string",
    "config.courier_id:integer",
    "config.courier_integration_id:integer",
];

/// What a call's body has; None: it has none.
pub fn body(call: Call) -> Option<Members> {
    Some(match call {
        Call::CreateOrder => ORDER,
        Call::CreateItem => ITEM,
        Call::CreateProduct => PRODUCT,
        Call::OfferItems => &[
            "store_id:integer!",
            "items[].product_inventory_id:integer!",
            "items[].sku:string",
            "items[].sale_price:number",
            "items[].discounted_price:number",
        ],
        Call::PreviewServices | Call::PreviewCouriers => PREVIEW,
        Call::CouriersOfOrder | Call::CreateShipmentAuto => &["order_id:integer!"],
        Call::ServicesOfCourier => &["courier_integration_id:integer", "courier_id:integer"],
        Call::CreateShipment => &[
            "order_id:integer!",
            "courier_tracking_code:string",
            "courier_integration_id:integer",
            "courier_id:integer",
            "delivery_service:string",
            "box_dimension:integer",
            "items[].order_item_id:integer",
            "items[].sku:string",
            "items[].quantity:integer!",
        ],
        Call::CreateInbound => &[
            "inbound_address:integer!",
            "vendor_id:integer",
            "reference_code:string",
            "inbound_type:string!",
            "estimated_delivery_time:integer",
            "note:string",
            "total_parcel:integer",
            "additional_services:string",
            "is_priority_inbound:integer",
            "additional_information:object",
            "items[].sku:string!",
            "items[].quantity:integer!",
            "items[].cost:number",
            "items[].parcel_code:string",
            "documents[]:string",
        ],
        Call::CreateReturn => RETURN,
        Call::CancelOrder | Call::CancelShipment | Call::CancelInbound | Call::CancelReturn => {
            &["reason:string"]
        }
        _ => return None,
    })
}

/// What every list takes.
pub const SHARED: &[&str] = &[
    "page:integer",
    "page_size:integer",
    "keyword:string",
    "created_from:integer",
    "created_to:integer",
    "updated_from:integer",
    "updated_to:integer",
    "sort:string",
];

/// What a call's query has beside its path; the flag: whether it is a list of records.
pub fn query(call: Call) -> (bool, &'static [&'static str]) {
    match call {
        Call::PickupAddresses
        | Call::BoxSizes
        | Call::Vendors
        | Call::Shops
        | Call::Categories
        | Call::Brands
        | Call::Units
        | Call::Couriers
        | Call::CourierLinks => (true, &[]),
        Call::LinkedServices => (true, &["courier_id:string"]),
        Call::Products => (true, &["store_id:string", "sku:string"]),
        Call::Items => (
            true,
            &[
                "status:string",
                "product_category:string",
                "sku:string",
                "nhsin:string",
                "barcode:string",
            ],
        ),
        Call::ItemsInWarehouse => (
            true,
            &["warehouse_provider:string", "sku:string", "nhsin:string"],
        ),
        Call::Orders => (
            true,
            &[
                "status:string",
                "order_type:string",
                "platform:string",
                "store_id:string",
                "pickup_id:string",
                "payment_status:string",
                "tracking_code:string",
                "partner_tracking_code:string",
            ],
        ),
        Call::Shipments => (
            true,
            &[
                "status:string",
                "order_id:string",
                "tracking_code:string",
                "courier_tracking_code:string",
                "store_id:string",
                "courier_id:string",
            ],
        ),
        Call::ShipmentsOfOrder => (true, &["order_id:integer!"]),
        Call::Inbounds => (
            true,
            &[
                "status:string",
                "inbound_code:string",
                "reference_code:string",
                "inbound_type:string",
            ],
        ),
        Call::Returns => (
            true,
            &[
                "status:string",
                "order_id:string",
                "store_id:string",
                "reason_type:string",
                "return_tracking_code:string",
                "courier_tracking_code:string",
            ],
        ),
        Call::Provinces => (
            false,
            &["country:string", "keyword:string", "version:string"],
        ),
        Call::Districts => (
            false,
            &["province_id:integer!", "keyword:string", "version:string"],
        ),
        Call::Wards => (
            false,
            &[
                "district_id:integer",
                "province_id:integer",
                "keyword:string",
                "version:string",
            ],
        ),
        _ => (false, &[]),
    }
}
