//! What the words of the table of calls mean.

/// Lists the rows of the table, and implements [`Call`](crate::Call) for each. Nothing here calls itself for the rest
/// of the table: that would end at Rust's limit of 128, which a few operations more would reach.
macro_rules! calls {
    ($($id:ident $builder:ident => $word:ident $(? $nullable:ident)? $($data:ident)?;)*) => {
        /// Ids of the operations that can be called, in alphabetical order.
        ///
        /// ```
        /// assert!(zapmail_sdk_ext::CALLS.contains(&"get_user"));
        /// ```
        pub const CALLS: &[&str] = &[$(stringify!($id)),*];

        $($crate::call::unwrap::row! { $word $(? $nullable)? $($data)?; $id $builder })*
    };
}

/// One row, by the words between `=>` and `;`.
macro_rules! row {
    (data $data:ident; $id:ident $builder:ident) => {
        $crate::call::unwrap::one! { $id $builder zapmail_sdk::types::$data, |answer| answer.data }
    };
    (data? $data:ident; $id:ident $builder:ident) => {
        $crate::call::unwrap::one! { $id $builder Option<zapmail_sdk::types::$data>, |answer| Some(answer.data) }
    };
    (list Untyped; $id:ident $builder:ident) => {
        $crate::call::unwrap::one! { $id $builder Vec<zapmail_sdk::Untyped>, |answer| Some(answer.data) }
    };
    (list $row:ident; $id:ident $builder:ident) => {
        $crate::call::unwrap::one! { $id $builder Vec<zapmail_sdk::types::$row>, |answer| Some(answer.data) }
    };
    (list? $row:ident; $id:ident $builder:ident) => {
        $crate::call::unwrap::one! { $id $builder Vec<zapmail_sdk::types::$row>, |answer| Some(answer.data.unwrap_or_default()) }
    };
    (untyped; $id:ident $builder:ident) => {
        $crate::call::unwrap::one! { $id $builder zapmail_sdk::Untyped, |answer| Some(answer.data.unwrap_or_default()) }
    };
    (whole $data:ident; $id:ident $builder:ident) => {
        $crate::call::unwrap::one! { $id $builder zapmail_sdk::types::$data, |answer| Some(answer) }
    };
    (file; $id:ident $builder:ident) => {
        impl $crate::Call for zapmail_sdk::builder::$builder<'_> {
            type Data = bytes::Bytes;
            const ID: &'static str = stringify!($id);

            async fn call(self) -> $crate::Result<Self::Data> {
                Self::data(&$crate::call::exchange(self).await?)
            }

            fn data(answered: &$crate::policy::Answered) -> $crate::Result<Self::Data> {
                Ok(answered.answer.body.clone())
            }
        }
    };
}

/// One row whose answer is JSON.
macro_rules! one {
    ($id:ident $builder:ident $data:ty, $unwrap:expr) => {
        impl $crate::Call for zapmail_sdk::builder::$builder<'_> {
            type Data = $data;
            const ID: &'static str = stringify!($id);

            async fn call(self) -> $crate::Result<Self::Data> {
                Self::data(&$crate::call::exchange(self).await?)
            }

            fn data(answered: &$crate::policy::Answered) -> $crate::Result<Self::Data> {
                $crate::call::data::<Self, _>(answered, $unwrap)
            }
        }
    };
}

pub(super) use {calls, one, row};
